import { Curve, extrapolate } from './curve';

const points = (loss: (epoch: number) => number, count: number) =>
  Array.from({ length: count }, (_, i) => [i + 1, loss(i + 1)] as const);

describe('extrapolate', () => {
  it.each([0.25, 0.5, 1, 2])('finds a power law of exponent %d again', (c) => {
    const law = (epoch: number) => 0.1 + 0.5 * epoch ** -c;
    expect(extrapolate(points(law, 8), 20)).toBeCloseTo(law(20), 10);
  });

  it('sees who will be ahead while he is still behind', () => {
    const fast = extrapolate(
      points((e) => 0.3 + 0.3 / e ** 2, 8),
      100,
    );
    const slow = extrapolate(
      points((e) => 0.1 + 0.6 / e ** 0.5, 8),
      100,
    );
    expect(0.1 + 0.6 / 8 ** 0.5).toBeGreaterThan(0.3 + 0.3 / 8 ** 2);
    expect(slow).toBeLessThan(fast);
  });

  it('takes the newest value where there are few, and the level where a curve rises', () => {
    expect(
      extrapolate(
        points((e) => 1 / e, 3),
        100,
      ),
    ).toBe(1 / 3);
    expect(extrapolate([], 100)).toBe(Infinity);
    expect(
      extrapolate(
        points((e) => 0.2 + e / 100, 8),
        100,
      ),
    ).toBeCloseTo(0.275, 10);
  });

  it('promises no more than has been gained, once again', () => {
    const steep = extrapolate([...points(() => 1, 5), [6, 0.9], [7, 0.7], [8, 0.4]], 1_000);
    expect(steep).toBeGreaterThanOrEqual(0.4 - 0.6 - 1e-12);
  });
});

describe('Curve', () => {
  it('keeps 16 epochs while it runs and 4 while it waits, and each once', () => {
    const curve = new Curve();
    for (let epoch = 1; epoch <= 30; epoch++) curve.add(epoch, [1 / epoch]);
    curve.add(30, [0.5]);
    curve.add(31, [Infinity]);
    expect(curve.snapshot()).toHaveLength(16);
    curve.rest();
    expect(curve.snapshot()).toEqual([
      [27, [1 / 27]],
      [28, [1 / 28]],
      [29, [1 / 29]],
      [30, [0.5]],
    ]);
    expect(new Curve([[1, [0.3, 2]]]).promise(9)).toEqual([0.3, 2]);
    expect(new Curve().promise(9)).toBeUndefined();
  });
});
