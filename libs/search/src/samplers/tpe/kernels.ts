import type { Random } from '../../random';

/**
 * One dimension of a mixture: a distribution for each observation in turn, and last the prior. Values are numbers:
 * those of the range, or indices of a list.
 */
export interface Kernels {
  readonly isDiscrete: boolean;
  /** A value drawn from one of the distributions. */
  draw(kernel: number, random: Random): number;
  /**
   * Adds to the entries `from` … `to - 1` of `sums` the ln of the density (of discrete values: the probability) of `x`
   * under the distributions of these numbers; may leave out those that are below `floor` already.
   */
  addLogDensities(x: number, sums: Float64Array, from: number, to: number, floor: number): void;
}
