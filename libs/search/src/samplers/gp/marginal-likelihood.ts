import {
  choleskyInPlace,
  gramOfLower,
  invertLower,
  timesLower,
  timesLowerTransposed,
} from '../../numeric/cholesky';
import { dot } from '../../numeric/dot';
import { minimise, type Differentiable } from '../../numeric/l-bfgs';
import type { Kernel, Points } from './kernel';

/** Least noise of an observation, so that the covariance can be factored. */
const MIN_NOISE = 1e-6;

/** Logarithms of the weights, the scale and the noise above its least: what is fitted, without bounds. */
export type LogKernel = readonly number[];

/** Lengths of the cube's edge, all the variance in the function. */
export const defaultKernel = (width: number): LogKernel => [
  ...Array<number>(width + 1).fill(0),
  Math.log(0.01),
];

export const kernelOf = (logs: ArrayLike<number>): Kernel => {
  const width = logs.length - 2;
  return {
    weights: Float64Array.from({ length: width }, (_, i) => Math.exp(logs[i] ?? 0)),
    scale: Math.exp(logs[width] ?? 0),
    noise: MIN_NOISE + Math.exp(logs[width + 1] ?? 0),
  };
};

/**
 * Kernel under which the observations are most probable: maximum of marginal likelihood times prior.
 *
 * @param values of mean 0 and variance 1, where the priors make sense
 * @param starts kernels to begin from, of which the best end counts; not empty
 */
export function fitKernel(points: Points, values: Float64Array, starts: readonly LogKernel[]): LogKernel {
  const loss = negativeLogPosterior(points, values);
  const ends = starts.map((start) =>
    minimise(loss, Float64Array.from(start), { maxIterations: 50, tolerance: 1e-2 }),
  );
  return [...ends.reduce((best, end) => (end.value < best.value ? end : best)).x];
}

/**
 * -ln p(values | kernel) - ln p(kernel), constants left out, and its gradient by the logarithms (Rasmussen and
 * Williams 2006, equations 5.8 and 5.9). A call costs n^3.
 */
export function negativeLogPosterior(points: Points, values: Float64Array): Differentiable {
  const { count } = points;
  const squares = pairwiseSquares(points);
  return (logs) => {
    const kernel = kernelOf(logs);
    const gradient = new Float64Array(logs.length);
    const { covariance, slopes } = covarianceAndSlopes(count, squares, kernel);
    if (!choleskyInPlace(covariance, count)) return { value: Infinity, gradient };
    const inverseFactor = invertLower(covariance, count);
    const whitened = timesLower(inverseFactor, count, values);
    const alpha = timesLowerTransposed(inverseFactor, count, whitened);
    let value = 0;
    for (let i = 0; i < count; i++)
      value += Math.log(covariance[i * count + i] ?? 1) + 0.5 * (whitened[i] ?? 0) ** 2;

    // d/dt of the likelihood is tr((K^-1 - alpha alpha') dK/dt) / 2; of symmetric matrices, over the lower triangle.
    const inner = gramOfLower(inverseFactor, count);
    let trace = 0;
    let ofScale = 0;
    const width = squares.length;
    for (let i = 0, pair = 0; i < count; i++) {
      for (let j = 0; j < i; j++, pair++) {
        const weight = (inner[i * count + j] ?? 0) - (alpha[i] ?? 0) * (alpha[j] ?? 0);
        // K_ij is kept above the diagonal, where the factor leaves it alone.
        ofScale += weight * (covariance[j * count + i] ?? 0);
        slopes[pair] = weight * (slopes[pair] ?? 0);
      }
      trace += (inner[i * count + i] ?? 0) - (alpha[i] ?? 0) ** 2;
    }
    squares.forEach((square, c) => (gradient[c] = (kernel.weights[c] ?? 0) * dot(slopes, square)));
    gradient[width] = ofScale + 0.5 * kernel.scale * trace;
    gradient[width + 1] = 0.5 * (kernel.noise - MIN_NOISE) * trace;
    return { value: value + addPrior(kernel, gradient), gradient };
  };
}

/** By coordinate, the squared distance of every pair (i, j < i), row by row. */
function pairwiseSquares({ count, isCategory, coordinates }: Points): Float64Array[] {
  const width = isCategory.length;
  return isCategory.map((isUnordered, c) => {
    const squares = new Float64Array((count * (count - 1)) / 2);
    for (let i = 0, pair = 0; i < count; i++)
      for (let j = 0; j < i; j++, pair++) {
        const difference = (coordinates[i * width + c] ?? 0) - (coordinates[j * width + c] ?? 0);
        squares[pair] = isUnordered ? Number(difference !== 0) : difference * difference;
      }
    return squares;
  });
}

/** K + noise, both triangles, and by pair dK/d(weighted squared distance). */
function covarianceAndSlopes(
  count: number,
  squares: readonly Float64Array[],
  { weights, scale, noise }: Kernel,
) {
  const slopes = new Float64Array((count * (count - 1)) / 2);
  squares.forEach((square, c) => {
    const weight = weights[c] ?? 0;
    for (let pair = 0; pair < slopes.length; pair++)
      slopes[pair] = (slopes[pair] ?? 0) + weight * (square[pair] ?? 0);
  });
  const covariance = new Float64Array(count * count);
  for (let i = 0, pair = 0; i < count; i++) {
    for (let j = 0; j < i; j++, pair++) {
      const s = Math.sqrt(5 * (slopes[pair] ?? 0));
      const decay = scale * Math.exp(-s);
      covariance[i * count + j] = covariance[j * count + i] = (1 + s + (s * s) / 3) * decay;
      slopes[pair] = (-5 / 6) * (1 + s) * decay;
    }
    covariance[i * count + i] = scale + noise;
  }
  return { covariance, slopes };
}

/**
 * The priors of Optuna 5 (optuna/_gp/prior.py): of each weight w, e^(-w/10 - 1/(10 w)), which keeps lengths from
 * vanishing and from growing without end; of the scale, Gamma(2, rate 1); of the noise, Gamma(1.1, rate 30).
 *
 * @returns -ln of them, constants left out
 */
function addPrior({ weights, scale, noise }: Kernel, gradient: Float64Array): number {
  const width = weights.length;
  let value = 0;
  weights.forEach((w, c) => {
    value += 0.1 * (w + 1 / w);
    gradient[c] = (gradient[c] ?? 0) + 0.1 * (w - 1 / w);
  });
  value += scale - Math.log(scale);
  gradient[width] = (gradient[width] ?? 0) + scale - 1;
  value += 30 * noise - 0.1 * Math.log(noise);
  gradient[width + 1] = (gradient[width + 1] ?? 0) + (30 - 0.1 / noise) * (noise - MIN_NOISE);
  return value;
}
