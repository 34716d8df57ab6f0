import type { Random } from '../../random';
import type { Kernels } from './kernels';

/**
 * For each observed choice a distribution that prefers it: with n observations, 1 / (n + 1) everywhere and 1 more at
 * the choice, normalised; the prior is uniform (Optuna 5.0, `_calculate_categorical_distributions`, prior weight 1).
 */
export class CategoricalKernels implements Kernels {
  readonly isDiscrete = true;
  private readonly logHit: number;
  private readonly logMiss: number;
  private readonly logPrior: number;
  /** Probability of the observed choice beyond what it has in common with the others. */
  private readonly excess: number;

  /** @param observed indices of choices, each 0 … choices - 1 */
  constructor(
    private readonly observed: ArrayLike<number>,
    private readonly choices: number,
  ) {
    const everywhere = 1 / (observed.length + 1);
    const sum = choices * everywhere + 1;
    this.logHit = Math.log((everywhere + 1) / sum);
    this.logMiss = Math.log(everywhere / sum);
    this.logPrior = -Math.log(choices);
    this.excess = 1 / sum;
  }

  draw(kernel: number, random: Random): number {
    const choice = this.observed[kernel];
    const isObserved = choice !== undefined && random.uniform() < this.excess;
    return isObserved ? choice : random.below(this.choices);
  }

  addLogDensities(x: number, sums: Float64Array, from: number, to: number): void {
    const { observed } = this;
    const prior = observed.length;
    for (let kernel = from; kernel < Math.min(to, prior); kernel++)
      sums[kernel] = (sums[kernel] ?? 0) + (observed[kernel] === x ? this.logHit : this.logMiss);
    if (to > prior) sums[prior] = (sums[prior] ?? 0) + this.logPrior;
  }
}
