import { LOG_SQRT_2PI, logCdfDifference } from '../../normal';
import type { Random } from '../../random';
import type { Range } from '../../space/numeric-axes';
import type { Kernels } from './kernels';

/**
 * Around each observation a normal distribution, cut off at the ends of the range, and as prior one that is as wide as
 * the range (Optuna 5.0, `_calculate_numerical_distributions`, without end points, with magic clip). A log scale is
 * one over logarithms; discrete values take the mass of their cells, so that the range is half a step wider on both
 * sides.
 */
export class NumericKernels implements Kernels {
  readonly isDiscrete: boolean;
  /** One for each observation, last the prior; on a log scale of the logarithm. */
  readonly means: Float64Array;
  readonly sigmas: Float64Array;
  /** ln of what the density without it has to be multiplied by. */
  private readonly logScales: Float64Array;
  private readonly start: number;
  private readonly end: number;

  /** @param observed values inside the range */
  constructor(
    observed: ArrayLike<number>,
    private readonly range: Range,
  ) {
    const { low, high, log, step } = range;
    this.isDiscrete = step !== undefined;
    const halfStep = (step ?? 0) / 2;
    this.start = this.scaled(low - halfStep);
    this.end = this.scaled(high + halfStep);
    const count = observed.length;
    this.means = new Float64Array(count + 1);
    for (let i = 0; i < count; i++) this.means[i] = log ? Math.log(observed[i] ?? 0) : (observed[i] ?? 0);
    this.sigmas = new Float64Array(count + 1);
    this.setSigmas(count);
    this.means[count] = (this.start + this.end) / 2;
    this.sigmas[count] = this.end - this.start;
    this.logScales = this.means.map((mean, i) => {
      const sigma = this.sigmas[i] ?? 1;
      const logMass = logCdfDifference((this.start - mean) / sigma, (this.end - mean) / sigma);
      return this.isDiscrete ? -logMass : -logMass - Math.log(sigma) - LOG_SQRT_2PI;
    });
  }

  /** The wider gap to a neighbour; the ends of the range are neighbours only of a single observation. */
  private setSigmas(count: number): void {
    const { means } = this;
    const order = new Uint32Array(count).map((_, i) => i);
    order.sort((a, b) => (means[a] ?? 0) - (means[b] ?? 0) || a - b);
    const place = (rank: number): number => {
      if (rank < 0) return this.start;
      return rank >= count ? this.end : (means[order[rank] ?? 0] ?? 0);
    };
    const widest = this.end - this.start;
    // No kernel is narrower than a hundredth of the range, however many observations lie close together.
    const narrowest = widest / Math.min(100, count + 2);
    for (let rank = 0; rank < count; rank++) {
      const left = place(rank) - place(rank - 1);
      const right = place(rank + 1) - place(rank);
      let gap = Math.max(left, right);
      if (count >= 2 && rank === 0) gap = right;
      else if (count >= 2 && rank === count - 1) gap = left;
      this.sigmas[order[rank] ?? 0] = Math.min(widest, Math.max(narrowest, gap));
    }
  }

  /**
   * By drawing until it lies inside: means lie inside, and no sigma is above the width of the range, so that at least
   * one draw in three does.
   */
  draw(kernel: number, random: Random): number {
    const mean = this.means[kernel] ?? 0;
    const sigma = this.sigmas[kernel] ?? 0;
    let place = NaN;
    while (!(place >= this.start && place <= this.end)) place = mean + sigma * random.normal();
    const { low, high, log, step } = this.range;
    const value = log ? Math.exp(place) : place;
    const stepped = step === undefined ? value : low + Math.round((value - low) / step) * step;
    return Math.min(high, Math.max(low, stepped));
  }

  addLogDensities(x: number, sums: Float64Array, from: number, to: number, floor: number): void {
    if (this.isDiscrete) this.addMasses(x, sums, from, to, floor);
    else this.addDensities(x, sums, from, to);
  }

  private addDensities(x: number, sums: Float64Array, from: number, to: number): void {
    const { means, sigmas, logScales } = this;
    const place = this.scaled(x);
    for (let kernel = from; kernel < to; kernel++) {
      const z = (place - (means[kernel] ?? 0)) / (sigmas[kernel] ?? 1);
      sums[kernel] = (sums[kernel] ?? 0) + (logScales[kernel] ?? 0) - 0.5 * z * z;
    }
  }

  private addMasses(x: number, sums: Float64Array, from: number, to: number, floor: number): void {
    const { means, sigmas, logScales } = this;
    const halfStep = (this.range.step ?? 0) / 2;
    const left = this.scaled(x - halfStep);
    const right = this.scaled(x + halfStep);
    for (let kernel = from; kernel < to; kernel++) {
      const sum = sums[kernel] ?? 0;
      if (sum < floor) continue;
      const mean = means[kernel] ?? 0;
      const sigma = sigmas[kernel] ?? 1;
      sums[kernel] =
        sum + logCdfDifference((left - mean) / sigma, (right - mean) / sigma) + (logScales[kernel] ?? 0);
    }
  }

  private scaled(value: number): number {
    return this.range.log ? Math.log(value) : value;
  }
}
