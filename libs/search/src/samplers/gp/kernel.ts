/**
 * Matern 5/2 with a length of its own for every coordinate (automatic relevance determination), over noise:
 * k(x, x') = scale (1 + s + s^2 / 3) e^-s with s^2 = 5 sum_i weight_i d_i^2 (Rasmussen and Williams 2006, "Gaussian
 * Processes for Machine Learning", equation 4.17).
 */
export interface Kernel {
  /** By coordinate, 1 / length^2. */
  readonly weights: Float64Array;
  /** Variance of the function. */
  readonly scale: number;
  /** Variance of one observation around it. */
  readonly noise: number;
}

/**
 * Points of a model: so many rows of coordinates. Coordinates that are categories (by index) are at distance 1 where
 * they differ.
 */
export interface Points {
  readonly count: number;
  readonly isCategory: readonly boolean[];
  /** Row by row. */
  readonly coordinates: Float64Array;
}

export function pointsOf(rows: readonly Float64Array[], isCategory: readonly boolean[]): Points {
  const width = isCategory.length;
  const coordinates = new Float64Array(rows.length * width);
  rows.forEach((row, i) => coordinates.set(row, i * width));
  return { count: rows.length, isCategory, coordinates };
}

/** The kernel's shape as a function of the weighted squared distance: 1 at 0. */
export function matern52(squared: number): number {
  const s = Math.sqrt(5 * squared);
  return (1 + s + (s * s) / 3) * Math.exp(-s);
}

/** Its derivative by the weighted squared distance. */
export function matern52Slope(squared: number): number {
  const s = Math.sqrt(5 * squared);
  return (-5 / 6) * (1 + s) * Math.exp(-s);
}

/** Weighted squared distances from x to every point. */
export function squaredDistances(
  { count, isCategory, coordinates }: Points,
  x: Float64Array,
  weights: Float64Array,
) {
  const distances = new Float64Array(count);
  const width = isCategory.length;
  for (let k = 0; k < width; k++) {
    const weight = weights[k] ?? 0;
    const own = x[k] ?? 0;
    if (isCategory[k])
      for (let i = 0, at = k; i < count; i++, at += width) {
        if (coordinates[at] !== own) distances[i] = (distances[i] ?? 0) + weight;
      }
    else
      for (let i = 0, at = k; i < count; i++, at += width) {
        const difference = (coordinates[at] ?? 0) - own;
        distances[i] = (distances[i] ?? 0) + weight * difference * difference;
      }
  }
  return distances;
}
