import { permutation } from './permutation';

describe('permutation', () => {
  it.each([1, 2, 3, 7, 64, 1000])('takes each of %i indices exactly once', (size) => {
    const indexOf = permutation(size, 5);
    const images = Array.from({ length: size }, (_, i) => indexOf(i));
    expect([...images].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
  });

  it('depends on the seed', () => {
    const order = (seed: number) => Array.from({ length: 100 }, (_, i) => permutation(100, seed)(i));
    expect(order(1)).not.toEqual(order(2));
    expect(order(1)).toEqual(order(1));
  });

  it('stays inside a space too large to list', () => {
    const indexOf = permutation(2 ** 50, 3);
    const images = Array.from({ length: 1000 }, (_, i) => indexOf(i));
    expect(new Set(images).size).toBe(1000);
    expect(Math.max(...images)).toBeLessThan(2 ** 50);
    expect(Math.min(...images)).toBeGreaterThanOrEqual(0);
  });
});
