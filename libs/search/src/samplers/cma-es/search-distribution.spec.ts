import { cmaEsReference } from '../../../../../test/parity/cma-es-reference';
import { Random } from '../../random';
import { dimensionOf } from '../../space/dimension';
import { withMargin } from './discrete-margin';
import { initialState, SearchDistribution, type DistributionState } from './search-distribution';
import { defaultPopulation, strategyOf } from './strategy';

/** To nine digits of the largest component. */
function expectClose(actual: readonly number[], expected: readonly number[]): void {
  const size = Math.max(...expected.map(Math.abs), 1e-30);
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(Math.abs(value - expected[i]!) / size).toBeLessThan(1e-9));
}

describe('SearchDistribution.next', () => {
  it.each(cmaEsReference.runs)(
    'moves as the cmaes package does in $dimension dimensions with $population points',
    ({ dimension, population, steps }) => {
      const strategy = strategyOf(dimension, population);
      let state: DistributionState = initialState(Array<number>(dimension).fill(0.5), 1 / 6);
      for (const { points, losses, ...after } of steps) {
        const order = [...points.keys()].sort((a, b) => losses[a]! - losses[b]!);
        state = new SearchDistribution(state).next(
          order.map((i) => points[i]!),
          strategy,
        );
        expectClose(state.mean, after.mean);
        expectClose([state.sigma], [after.sigma]);
        expectClose(state.covariance.flat(), after.covariance.flat());
        expectClose(state.pathSigma, after.pathSigma);
        expectClose(state.pathC, after.pathC);
      }
    },
  );

  it('has the population of the tutorial where none is given', () => {
    for (const { dimension, population } of cmaEsReference.runs.slice(0, 2))
      expect(defaultPopulation(dimension)).toBe(population);
  });
});

describe('SearchDistribution.draw', () => {
  it('draws with the mean and the covariance of the state', () => {
    const covariance = [
      [1, 0.8],
      [0.8, 2],
    ];
    const distribution = new SearchDistribution({ ...initialState([0.5, 0.2], 0.1), covariance });
    const { normal } = Random.seeded(1);
    const draws = Array.from({ length: 20_000 }, () => distribution.stepTo(distribution.draw(normal)));
    const moment = (f: (y: readonly number[]) => number) =>
      draws.reduce((sum, y) => sum + f(y), 0) / draws.length;
    expect(moment(([y]) => y!)).toBeCloseTo(0, 1);
    expect(moment(([y]) => y! * y!)).toBeCloseTo(1, 1);
    expect(moment(([y, z]) => y! * z!)).toBeCloseTo(0.8, 1);
    expect(moment(([, z]) => z! * z!)).toBeCloseTo(2, 1);
  });
});

describe('withMargin', () => {
  const dimensions = [
    dimensionOf('depth', [8, 14, 20, 26]),
    dimensionOf('momentum', { min: 0, max: 0.9, scale: 'linear' }),
  ];
  const narrow = {
    ...initialState([0.625, 0.5], 1e-4),
    covariance: [
      [1, 0.5],
      [0.5, 1],
    ],
  };

  it('lets draws leave a discrete value as often as the margin says', () => {
    const distribution = new SearchDistribution(withMargin(narrow, dimensions, 0.1));
    const { normal } = Random.seeded(2);
    const left = Array.from({ length: 20_000 }, () => distribution.draw(normal)[0]!).filter(
      (u) => u < 0.5 || u > 0.75,
    );
    expect(left.length / 20_000).toBeCloseTo(0.1, 2);
  });

  it('keeps correlations and continuous dimensions', () => {
    const { covariance } = withMargin(narrow, dimensions, 0.1);
    expect(covariance[0]![1]! / Math.sqrt(covariance[0]![0]! * covariance[1]![1]!)).toBeCloseTo(0.5, 12);
    expect(covariance[1]![1]).toBe(1);
  });

  it('leaves a distribution that is wide enough as it is', () => {
    const wide = initialState([0.5, 0.5], 1 / 6);
    expect(withMargin(wide, dimensions, 0.1)).toBe(wide);
  });
});
