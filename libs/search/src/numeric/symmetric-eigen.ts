export type Matrix = readonly (readonly number[])[];

export interface Eigen {
  readonly values: readonly number[];
  /** By row: the eigenvector of the value with this index, of length 1. */
  readonly vectors: Matrix;
}

/** A few are enough: convergence is quadratic. */
const MAX_SWEEPS = 50;

/**
 * Eigenvalues and vectors of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan 2013, "Matrix
 * Computations", section 8.5), which are short, and as exact as any method. For matrices of a few dozen rows.
 */
export function symmetricEigen(matrix: Matrix): Eigen {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  // Rows are the eigenvectors: rotating rows of the identity along with a.
  const v = matrix.map((row, i) => row.map((_, j) => Number(i === j)));
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let isDiagonal = true;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const [app, aqq, apq] = [at(a, p, p), at(a, q, q), at(a, p, q)];
        if (Math.abs(apq) <= Number.EPSILON * 1e-3 * Math.sqrt(Math.abs(app * aqq))) continue;
        isDiagonal = false;
        const tau = (aqq - app) / (2 * apq);
        const t = Math.sign(tau || 1) / (Math.abs(tau) + Math.hypot(1, tau));
        const c = 1 / Math.hypot(1, t);
        rotateColumns(a, p, q, c, t * c);
        rotateRows(a, p, q, c, t * c);
        rotateRows(v, p, q, c, t * c);
      }
    if (isDiagonal) break;
  }
  return { values: a.map((row, i) => row[i] ?? 0), vectors: v };
}

const at = (a: Matrix, i: number, j: number): number => a[i]?.[j] ?? 0;

function rotateRows(a: number[][], p: number, q: number, c: number, s: number): void {
  const [rowP = [], rowQ = []] = [a[p], a[q]];
  a[p] = rowP.map((value, k) => c * value - s * (rowQ[k] ?? 0));
  a[q] = rowQ.map((value, k) => c * value + s * (rowP[k] ?? 0));
}

function rotateColumns(a: number[][], p: number, q: number, c: number, s: number): void {
  for (const row of a) {
    const [x, y] = [row[p] ?? 0, row[q] ?? 0];
    row[p] = c * x - s * y;
    row[q] = c * y + s * x;
  }
}
