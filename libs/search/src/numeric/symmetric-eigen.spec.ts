import { symmetricEigen } from './symmetric-eigen';

/** Symmetric, from no pattern. */
const matrix = (n: number) =>
  Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (__, j) => Math.sin(1 + i * j + i + j) + (i === j ? 1 : 0)),
  );

describe('symmetricEigen', () => {
  it('knows the golden ratio', () => {
    const { values } = symmetricEigen([
      [2, 1],
      [1, 3],
    ]);
    expect([...values].sort((a, b) => a - b)).toEqual([
      expect.closeTo((5 - Math.sqrt(5)) / 2, 14),
      expect.closeTo((5 + Math.sqrt(5)) / 2, 14),
    ]);
  });

  it.each([1, 2, 7, 30])('gives axes at right angles that make up the matrix again (%i rows)', (n) => {
    const a = matrix(n);
    const { values, vectors } = symmetricEigen(a);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const angle = vectors[i]!.reduce((sum, value, k) => sum + value * vectors[j]![k]!, 0);
        expect(angle).toBeCloseTo(Number(i === j), 12);
        const made = values.reduce((sum, value, k) => sum + value * vectors[k]![i]! * vectors[k]![j]!, 0);
        expect(made).toBeCloseTo(a[i]![j]!, 12);
      }
  });

  it('takes values of very different size and zeros', () => {
    const { values } = symmetricEigen([
      [1e-12, 0, 0],
      [0, 1e6, 1],
      [0, 1, 0],
    ]);
    expect([...values].sort((a, b) => a - b)[1]).toBeCloseTo(1e-12, 20);
  });
});
