import { sweepSpecSchema } from '@fathom/contracts';
import { replay, type RecordedCurve } from './recorded';
import { simulate } from './simulation';

const curveOf = (
  depth: number,
  learningRate: number,
  seed: number,
  errors: (number | null)[],
): RecordedCurve => ({
  depth,
  learningRate,
  seed,
  validationError: errors,
  validationLoss: errors.map((error) => error && 3 * error),
  trainLoss: errors,
});
const curves = [
  curveOf(8, 0.01, 0, [0.8, 0.7, 0.6]),
  curveOf(8, 0.1, 0, [0.7, 0.5, 0.4]),
  curveOf(20, 0.1, 0, [0.75, 0.4, 0.3]),
  curveOf(20, 0.1, 1, [0.76, 0.45, 0.2]),
  curveOf(20, 1, 0, [0.9]),
];

describe('replay', () => {
  const { space, epochs, curve, nearest } = replay(curves, ['validationError', 'validationLoss']);

  it('knows what was recorded', () => {
    expect(space).toEqual({ depth: [8, 20], learningRate: [0.01, 0.1, 1], seed: [0, 1] });
    expect(epochs).toBe(3);
    expect(() => replay([])).toThrow('no curves were recorded');
  });

  it('gives each epoch of the curve itself', () => {
    expect([1, 2, 3].map((epoch) => curve({ depth: 20, learningRate: 0.1, seed: 1 }, epoch, 1)[0])).toEqual([
      0.76, 0.45, 0.2,
    ]);
    expect(curve({ depth: 8, learningRate: 0.1, seed: 0 }, 3, 1)[1]).toBeCloseTo(1.2);
  });

  it('takes the nearest by ratios, and the seed only among those', () => {
    expect(nearest({ depth: 10, learningRate: 0.04 })).toBe(curves[1]);
    expect(nearest({ depth: 8, learningRate: 0.02, seed: 1 })).toBe(curves[0]);
    expect(nearest({ depth: 110, learningRate: 0.2, seed: 9 })).toBe(curves[3]);
  });

  it('gives nothing once a training has broken off', () => {
    expect(curve({ depth: 20, learningRate: 1 }, 2, 1)).toEqual([null, null]);
  });

  it('is an objective that a sweep can be played on', () => {
    const spec = sweepSpecSchema.parse({
      name: 'recorded',
      dataset: { kind: 'cifar10' },
      space,
      search: { algorithm: 'grid' },
      recipe: { epochs },
    });
    const { best, trials } = simulate(spec, { workers: 2, curve, epochSeconds: () => 1 });
    expect(trials).toMatchObject({ created: 12, completed: 12 });
    expect(best.at(-1)).toMatchObject({
      values: { depth: 20, learningRate: 0.1, seed: 1 },
      objectives: [0.2, 0.6000000000000001],
    });
  });
});
