import type { GradientRule } from './gradient-rule';
import type { Tensor } from './tensor';

/** A part of a graph that is written down once and stands in it by its name. */
export interface GraphFunction {
  /** Unique in the graph. */
  readonly name: string;
  /** Placeholders of the graph that is its body. */
  readonly inputs: readonly Tensor[];
  /** Of the same graph. */
  readonly output: Tensor;
  /** Of a call of it, where it has one. */
  readonly gradient: GradientRule | undefined;
}
