import { shuffledOrder } from './shuffle';

describe('shuffledOrder', () => {
  it('is a permutation', () => {
    expect([...shuffledOrder(500, 7, 3)].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 500 }, (_, i) => i),
    );
  });

  it('is the same for the same seed and epoch, and another for any other', () => {
    const order = (seed: number, epoch: number) => [...shuffledOrder(50, seed, epoch)].join();
    expect(order(1, 2)).toBe(order(1, 2));
    const all = [0, 1, 2, 2_147_483_647].flatMap((seed) =>
      [0, 1, 2, 9_999].map((epoch) => order(seed, epoch)),
    );
    expect(new Set(all).size).toBe(all.length);
  });

  it('never changes: a resumed trial depends on it', () => {
    expect([...shuffledOrder(8, 0, 0)]).toEqual([0, 7, 4, 1, 6, 5, 3, 2]);
  });

  it('puts every image everywhere equally often', () => {
    const counts = Array.from({ length: 6 }, () => Array.from({ length: 6 }, () => 0));
    for (let epoch = 0; epoch < 6_000; epoch++)
      shuffledOrder(6, 1, epoch).forEach((image, place) => {
        counts[image]![place]!++;
      });
    for (const count of counts.flat()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
