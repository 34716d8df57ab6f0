import { choleskyInPlace, invertLower, timesLower, timesLowerTransposed } from '../../numeric/cholesky';
import { matern52, matern52Slope, squaredDistances, type Kernel, type Points } from './kernel';

/** What is believed of the function at one place. */
export interface Posterior {
  readonly mean: number;
  /** Of the function, without the noise of an observation; never below {@link MIN_VARIANCE}. */
  readonly variance: number;
}

export interface PosteriorSlope extends Posterior {
  /** By coordinate; 0 for categories. */
  readonly meanSlope: Float64Array;
  readonly varianceSlope: Float64Array;
}

/** Rounding can leave less, even less than nothing, at an observed point. */
const MIN_VARIANCE = 1e-12;

/**
 * A Gaussian process of mean 0 that has seen values at points (Rasmussen and Williams 2006, algorithm 2.1). Making it
 * costs n^3, a posterior n^2.
 */
export class GaussianProcess {
  private readonly inverseFactor: Float64Array;
  /** (K + noise)^-1 y */
  private readonly alpha: Float64Array;

  constructor(
    private readonly points: Points,
    values: Float64Array,
    private readonly kernel: Kernel,
  ) {
    const { count } = points;
    const covariance = covarianceOf(points, kernel);
    // The noise is at least a millionth, which keeps the matrix of a few hundred points positive definite.
    if (!choleskyInPlace(covariance, count))
      throw new Error('the covariance of the observations is singular');
    this.inverseFactor = invertLower(covariance, count);
    this.alpha = timesLowerTransposed(
      this.inverseFactor,
      count,
      timesLower(this.inverseFactor, count, values),
    );
  }

  posterior(x: Float64Array): Posterior {
    const { count } = this.points;
    const distances = squaredDistances(this.points, x, this.kernel.weights);
    let mean = 0;
    for (let i = 0; i < count; i++) {
      const k = this.kernel.scale * matern52(distances[i] ?? 0);
      distances[i] = k;
      mean += k * (this.alpha[i] ?? 0);
    }
    return { mean, variance: this.variance(timesLower(this.inverseFactor, count, distances)) };
  }

  withSlopes(x: Float64Array): PosteriorSlope {
    const { points, kernel, alpha } = this;
    const { count, isCategory, coordinates } = points;
    const width = isCategory.length;
    const distances = squaredDistances(points, x, kernel.weights);
    const k = distances.map((distance) => kernel.scale * matern52(distance));
    const whitened = timesLower(this.inverseFactor, count, k);
    const beta = timesLowerTransposed(this.inverseFactor, count, whitened);
    const meanSlope = new Float64Array(width);
    const varianceSlope = new Float64Array(width);
    let mean = 0;
    for (let i = 0; i < count; i++) {
      mean += (k[i] ?? 0) * (alpha[i] ?? 0);
      const slope = 2 * kernel.scale * matern52Slope(distances[i] ?? 0);
      const ofMean = slope * (alpha[i] ?? 0);
      const ofVariance = -2 * slope * (beta[i] ?? 0);
      for (let c = 0; c < width; c++) {
        if (isCategory[c]) continue;
        const step = (kernel.weights[c] ?? 0) * ((x[c] ?? 0) - (coordinates[i * width + c] ?? 0));
        meanSlope[c] = (meanSlope[c] ?? 0) + ofMean * step;
        varianceSlope[c] = (varianceSlope[c] ?? 0) + ofVariance * step;
      }
    }
    return { mean, variance: this.variance(whitened), meanSlope, varianceSlope };
  }

  private variance(whitened: Float64Array): number {
    let known = 0;
    for (const value of whitened) known += value * value;
    return Math.max(MIN_VARIANCE, this.kernel.scale - known);
  }
}

/** K + noise, its lower triangle. */
function covarianceOf(points: Points, kernel: Kernel): Float64Array {
  const { count, isCategory, coordinates } = points;
  const width = isCategory.length;
  const covariance = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    const x = coordinates.subarray(i * width, (i + 1) * width);
    const distances = squaredDistances({ ...points, count: i }, x, kernel.weights);
    for (let j = 0; j < i; j++) covariance[i * count + j] = kernel.scale * matern52(distances[j] ?? 0);
    covariance[i * count + i] = kernel.scale + kernel.noise;
  }
  return covariance;
}
