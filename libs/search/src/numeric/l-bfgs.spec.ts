import { minimise } from './l-bfgs';

const options = { maxIterations: 200, tolerance: 1e-8 };

/** Rosenbrock's valley, with its minimum 0 at (1, 1). */
const rosenbrock = (x: Float64Array) => {
  const [a, b] = [x[0]!, x[1]!];
  return {
    value: 100 * (b - a * a) ** 2 + (1 - a) ** 2,
    gradient: Float64Array.from([-400 * a * (b - a * a) - 2 * (1 - a), 200 * (b - a * a)]),
  };
};

describe('minimise', () => {
  it('follows a bent valley to its end', () => {
    const { x, value } = minimise(rosenbrock, Float64Array.from([-1.2, 1]), options);
    expect(value).toBeLessThan(1e-14);
    expect([...x]).toEqual([expect.closeTo(1, 6), expect.closeTo(1, 6)]);
  });

  it('stops at the minimum inside a box', () => {
    const box = { lower: Float64Array.from([-2, -2]), upper: Float64Array.from([0.5, 2]) };
    const { x } = minimise(rosenbrock, Float64Array.from([-1.2, 1]), { ...options, ...box });
    expect([...x]).toEqual([0.5, expect.closeTo(0.25, 6)]);
  });

  it('takes a start outside the box as its nearest point', () => {
    const box = { lower: Float64Array.from([2]), upper: Float64Array.from([3]) };
    const square = (x: Float64Array) => ({ value: x[0]! ** 2, gradient: Float64Array.from([2 * x[0]!]) });
    expect([...minimise(square, Float64Array.from([9]), { ...options, ...box }).x]).toEqual([2]);
  });

  it('steps back from where the function is not defined', () => {
    const logarithm = (x: Float64Array) => ({
      value: x[0]! > 0 ? x[0]! - Math.log(x[0]!) : Infinity,
      gradient: Float64Array.from([1 - 1 / x[0]!]),
    });
    expect(minimise(logarithm, Float64Array.from([1e-3]), options).x[0]).toBeCloseTo(1, 6);
  });
});
