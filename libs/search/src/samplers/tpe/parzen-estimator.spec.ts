import { tpeReference } from '../../../../../test/parity/tpe-reference';
import { Random } from '../../random';
import { CategoricalKernels } from './categorical-kernels';
import { NumericKernels } from './numeric-kernels';
import { mixtureWeights, ParzenEstimator } from './parzen-estimator';

type Reference = (typeof tpeReference.estimators)[number];

const kernelsOf = ({ axes, observed }: Reference) =>
  axes.map((axis, i) =>
    'choices' in axis
      ? new CategoricalKernels(observed[i]!, axis.choices)
      : new NumericKernels(observed[i]!, { ...axis, step: axis.step ?? undefined }),
  );
const estimatorOf = (reference: Reference) =>
  new ParzenEstimator(kernelsOf(reference), mixtureWeights(reference.observed[0]!.length));

const expectClose = (actual: readonly number[], expected: readonly number[], tolerance: number) => {
  expect(actual).toHaveLength(expected.length);
  const errors = actual.map(
    (value, i) => Math.abs(value - expected[i]!) / Math.max(1, Math.abs(expected[i]!)),
  );
  expect(Math.max(0, ...errors)).toBeLessThanOrEqual(tolerance);
};

describe.each(tpeReference.estimators)('a Parzen estimator of $name, against Optuna', (reference) => {
  it('has the same weights', () => {
    expectClose([...mixtureWeights(reference.observed[0]!.length)], reference.weights, 1e-15);
  });

  it('has kernels of the same width', () => {
    kernelsOf(reference).forEach((kernels, i) => {
      const expected = reference.sigmas[i];
      expect(kernels instanceof NumericKernels).toBe(expected !== null);
      if (kernels instanceof NumericKernels) expectClose([...kernels.sigmas], expected ?? [], 1e-14);
    });
  });

  it('has the same density', () => {
    const estimator = estimatorOf(reference);
    const densities = reference.logDensities.map((_, p) =>
      estimator.logDensity(reference.points.map((column) => column[p]!)),
    );
    expectClose(densities, reference.logDensities, 1e-12);
  });
});

describe('a Parzen estimator', () => {
  it('gives the known density of one point under three observations', () => {
    const reference = tpeReference.estimators[0]!;
    expect(estimatorOf(reference).logDensity([2e-3, 1, 0.02, 96])).toBeCloseTo(-3.292892012258102, 12);
  });

  it('draws as often as its density says', () => {
    const range = { low: 1, high: 12, log: true, step: 1 };
    const estimator = new ParzenEstimator(
      [new NumericKernels([2, 9, 9], range), new CategoricalKernels([0, 1, 2], 3)],
      mixtureWeights(3),
    );
    const random = Random.seeded(5);
    const counts = new Map<string, number>();
    const draws = 60_000;
    for (let i = 0; i < draws; i++) {
      const key = estimator.draw(random).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    let chiSquared = 0;
    let probability = 0;
    for (let x = 1; x <= 12; x++)
      for (let choice = 0; choice < 3; choice++) {
        const expected = Math.exp(estimator.logDensity([x, choice]));
        probability += expected;
        chiSquared += ((counts.get(`${x},${choice}`) ?? 0) - draws * expected) ** 2 / (draws * expected);
      }
    expect(probability).toBeCloseTo(1, 12);
    // 35 degrees of freedom: 66.6 is passed once in a thousand.
    expect(chiSquared).toBeLessThan(66.6);
  });

  it('draws steps that are values of the range, and never leaves it', () => {
    const kernels = new NumericKernels([0.1, 0.2], { low: 0.1, high: 0.3, log: false, step: 0.1 });
    const random = Random.seeded(1);
    for (let i = 0; i < 1000; i++)
      expect([1, 2, 3]).toContain(Number((kernels.draw(i % 3, random) * 10).toPrecision(12)));
  });
});
