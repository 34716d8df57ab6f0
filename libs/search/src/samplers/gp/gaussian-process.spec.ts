import { gpReference } from '../../../../../test/parity/gp-reference';
import { GaussianProcess } from './gaussian-process';
import { pointsOf } from './kernel';
import { defaultKernel, fitKernel, kernelOf, negativeLogPosterior } from './marginal-likelihood';

const { process: reference } = gpReference;
const kernel = {
  weights: Float64Array.from(reference.weights),
  scale: reference.scale,
  noise: reference.noise,
};
const points = pointsOf(
  reference.points.map((row) => Float64Array.from(row)),
  [false, false, true],
);
const values = Float64Array.from(reference.values);
const logs = [
  ...reference.weights.map(Math.log),
  Math.log(reference.scale),
  Math.log(reference.noise - 1e-6),
];

describe('GaussianProcess', () => {
  const process = new GaussianProcess(points, values, kernel);

  it.each(reference.at.map((row, i) => [i, row] as const))(
    'has the posterior of its definition (%i)',
    (i, row) => {
      const { mean, variance } = process.posterior(Float64Array.from(row));
      expect(mean).toBeCloseTo(reference.mean[i]!, 12);
      expect(variance).toBeCloseTo(reference.variance[i]!, 12);
      expect(process.withSlopes(Float64Array.from(row))).toMatchObject({ mean, variance });
    },
  );

  it.each(reference.at)('has the slopes of its posterior at %d, %d, %d', (...row) => {
    const { meanSlope, varianceSlope } = process.withSlopes(Float64Array.from(row));
    const step = 1e-6;
    for (const c of [0, 1]) {
      const at = (by: number) => process.posterior(Float64Array.from(row.with(c, row[c]! + by)));
      expect(meanSlope[c]).toBeCloseTo((at(step).mean - at(-step).mean) / (2 * step), 7);
      expect(varianceSlope[c]).toBeCloseTo((at(step).variance - at(-step).variance) / (2 * step), 7);
    }
    expect([meanSlope[2], varianceSlope[2]]).toEqual([0, 0]);
  });

  it('does not move its mean when told what it believes', () => {
    const told = Float64Array.from([0.5, 0.5, 1]);
    const { mean, variance } = process.posterior(told);
    const more = pointsOf(
      [...reference.points.map((row) => Float64Array.from(row)), told],
      points.isCategory,
    );
    const wiser = new GaussianProcess(more, Float64Array.from([...values, mean]), kernel);
    const elsewhere = Float64Array.from([0.4, 0.3, 1]);
    expect(wiser.posterior(elsewhere).mean).toBeCloseTo(process.posterior(elsewhere).mean, 12);
    expect(wiser.posterior(told).variance).toBeLessThan(variance / 10);
  });
});

describe('negativeLogPosterior', () => {
  const loss = negativeLogPosterior(points, values);

  it('is that of its definition', () => {
    expect(loss(Float64Array.from(logs)).value).toBeCloseTo(reference.negativeLogPosterior, 12);
  });

  it.each([
    ['the reference', logs],
    ['lengths far apart', [3, -2, 1, 0.5, -4]],
    ['much noise', [0, 0, 0, -1, 1]],
  ])('has the slopes of its values: %s', (_, at) => {
    const { gradient } = loss(Float64Array.from(at));
    at.forEach((log, i) => {
      const value = (by: number) => loss(Float64Array.from(at.with(i, log + by))).value;
      expect(gradient[i]).toBeCloseTo((value(1e-5) - value(-1e-5)) / 2e-5, 6);
    });
  });
});

describe('fitKernel', () => {
  it('finds which coordinate matters', () => {
    const rows = Array.from({ length: 30 }, (_, i) => Float64Array.from([(i * 0.618) % 1, (i * 0.414) % 1]));
    const waves = rows.map(([x]) => 1.4 * Math.sin(9 * x!));
    const fitted = kernelOf(
      fitKernel(pointsOf(rows, [false, false]), Float64Array.from(waves), [defaultKernel(2)]),
    );
    expect(fitted.weights[0]! / fitted.weights[1]!).toBeGreaterThan(20);
    expect(fitted.noise).toBeLessThan(0.01);
  });
});
