import { firstWhere } from '../../first-where';
import type { Random } from '../../random';
import type { Kernels } from './kernels';

/** A component this far (as ln of a probability) below another adds nothing to a sum of doubles. */
const NEGLIGIBLE = 50;

/**
 * Weights of observations, oldest first, and last of the prior; they sum to 1. The newest 25 count fully, older ones
 * the less the older they are (Optuna 5.0, `default_weights`, prior weight 1).
 */
export function mixtureWeights(observations: number): Float64Array {
  const FULL = 25;
  const older = Math.max(0, observations - FULL);
  const weights = new Float64Array(observations + 1).fill(1);
  const oldest = 1 / observations;
  for (let i = 0; i < older; i++)
    weights[i] = older === 1 ? oldest : oldest + ((1 - oldest) * i) / (older - 1);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * The density of observations as a mixture of products: one component for each observation, in which the dimensions
 * are independent, and the prior (Bergstra et al. 2011, "Algorithms for hyper-parameter optimization", section 4;
 * multivariate as in Falkner et al. 2018, "BOHB", section 3.2).
 */
export class ParzenEstimator {
  private readonly logWeights: Float64Array;
  private readonly cumulative: Float64Array;
  private readonly sums: Float64Array;
  /** Discrete ones last: their terms are never positive, so that hopeless components can be left out there. */
  private readonly order: readonly number[];

  /**
   * @param kernels one for each dimension
   * @param weights of the components; they sum to 1
   */
  constructor(
    private readonly kernels: readonly Kernels[],
    weights: Float64Array,
  ) {
    this.logWeights = weights.map(Math.log);
    let sum = 0;
    this.cumulative = weights.map((weight) => (sum += weight));
    this.sums = new Float64Array(weights.length);
    const isDiscrete = (dimension: number) => Number(kernels[dimension]?.isDiscrete);
    this.order = kernels.map((_, i) => i).sort((a, b) => isDiscrete(a) - isDiscrete(b));
  }

  /** A value for each dimension. */
  draw(random: Random): number[] {
    const component = this.component(random.uniform());
    return this.kernels.map((kernels) => kernels.draw(component, random));
  }

  /** ln of the density at a point, given as a value for each dimension. */
  logDensity(point: readonly number[]): number {
    const { sums, kernels } = this;
    sums.set(this.logWeights);
    const prior = sums.length - 1;
    for (const i of this.order) kernels[i]?.addLogDensities(point[i] ?? 0, sums, prior, prior + 1, -Infinity);
    const floor = (sums[prior] ?? 0) - NEGLIGIBLE;
    for (const i of this.order) kernels[i]?.addLogDensities(point[i] ?? 0, sums, 0, prior, floor);
    return logOfSum(sums);
  }

  private component(u: number): number {
    return firstWhere(this.cumulative.length - 1, (i) => (this.cumulative[i] ?? 1) > u);
  }
}

/** ln of the sum of what these are the logarithms of. */
function logOfSum(logarithms: Float64Array): number {
  const highest = logarithms.reduce((most, each) => (each > most ? each : most), -Infinity);
  const total = logarithms.reduce((sum, each) => {
    const below = each - highest;
    return below > -NEGLIGIBLE ? sum + Math.exp(below) : sum;
  }, 0);
  return highest + Math.log(total);
}
