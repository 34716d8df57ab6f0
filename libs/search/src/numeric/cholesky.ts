/**
 * Symmetric positive definite matrices as row-major typed arrays of which the lower triangle counts. Written out,
 * because fitting a model is little else than these loops, and a library that calls a method per element takes ten
 * times as long.
 */

/**
 * Overwrites the lower triangle of A with the L of A = L L' (Golub and Van Loan 2013, "Matrix Computations", section
 * 4.2; row by row).
 *
 * @returns whether A is positive definite; where not, its contents are of no use any more
 */
export function choleskyInPlace(a: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j <= i; j++) {
      const other = j * n;
      let sum = a[row + j] ?? 0;
      for (let k = 0; k < j; k++) sum -= (a[row + k] ?? 0) * (a[other + k] ?? 0);
      if (j < i) a[row + j] = sum / (a[other + j] ?? 1);
      else if (sum > 0) a[row + i] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/** The inverse of a lower triangle, a lower triangle too. */
export function invertLower(l: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  const column = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    column[j] = 1 / (l[j * n + j] ?? 1);
    for (let i = j + 1; i < n; i++) {
      const row = i * n;
      let sum = 0;
      for (let k = j; k < i; k++) sum -= (l[row + k] ?? 0) * (column[k] ?? 0);
      column[i] = sum / (l[row + i] ?? 1);
    }
    for (let i = j; i < n; i++) inverse[i * n + j] = column[i] ?? 0;
  }
  return inverse;
}

/** L x */
export function timesLower(l: Float64Array, n: number, x: Float64Array): Float64Array {
  const product = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    let sum = 0;
    for (let k = 0; k <= i; k++) sum += (l[row + k] ?? 0) * (x[k] ?? 0);
    product[i] = sum;
  }
  return product;
}

/** L' x */
export function timesLowerTransposed(l: Float64Array, n: number, x: Float64Array): Float64Array {
  const product = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    const factor = x[i] ?? 0;
    for (let k = 0; k <= i; k++) product[k] = (product[k] ?? 0) + (l[row + k] ?? 0) * factor;
  }
  return product;
}

/** L' L, its lower triangle: the inverse of A from the inverse of its factor. */
export function gramOfLower(l: Float64Array, n: number): Float64Array {
  const gram = new Float64Array(n * n);
  for (let r = 0; r < n; r++) {
    const row = r * n;
    for (let i = 0; i <= r; i++) {
      const factor = l[row + i] ?? 0;
      const target = i * n;
      for (let j = 0; j <= i; j++) gram[target + j] = (gram[target + j] ?? 0) + factor * (l[row + j] ?? 0);
    }
  }
  return gram;
}
