import { logCdf } from '../../normal';
import type { Dimension } from '../../space/dimension';
import type { DistributionState } from './search-distribution';

/**
 * Keeps the distribution wide enough along discrete dimensions: a draw leaves the value that the mean stands for with a
 * probability of at least `margin`, else the search would never try a neighbour again. The bound is that of CMA-ES with
 * margin (Hamano et al. 2022, arXiv 2205.13482, section 4), kept by stretching the row and column of the covariance
 * instead of by a matrix beside it; correlations stay as they are.
 */
export function withMargin(
  state: DistributionState,
  dimensions: readonly Dimension[],
  margin: number,
): DistributionState {
  const quantile = upperQuantile(margin / 2);
  const stretches = dimensions.map((dimension, i) => {
    if (!Number.isFinite(dimension.size)) return 1;
    const value = dimension.fromUnit(state.mean[i] ?? 0.5);
    const least = dimension.probability(dimension.indexOf(value)) / 2 / quantile;
    const deviation = state.sigma * Math.sqrt(state.covariance[i]?.[i] ?? 1);
    return Math.max(1, least / deviation);
  });
  if (stretches.every((stretch) => stretch === 1)) return state;
  const covariance = state.covariance.map((row, i) =>
    row.map((value, j) => value * (stretches[i] ?? 1) * (stretches[j] ?? 1)),
  );
  return { ...state, covariance };
}

/** z with a probability of p above it, 0 < p < 0.5, by bisection. */
function upperQuantile(p: number): number {
  let [low, high] = [0, 40];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (logCdf(-middle) > Math.log(p)) low = middle;
    else high = middle;
  }
  return low;
}
