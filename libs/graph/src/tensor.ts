import type { Attributes } from './attribute';
import type { DType } from './dtype';
import type { Frame } from './frame';
import type { Graph } from './graph';
import type { Shape } from './shape';

/** One node of the graph. Its inputs were built before it, so the order of building is a topological order. */
export interface Operation {
  readonly graph: Graph;
  readonly type: string;
  readonly name: string;
  readonly inputs: readonly Tensor[];
  /** Nodes that must have run first, though no value of theirs is used. */
  readonly control: readonly Operation[];
  readonly attributes: Attributes;
  readonly outputs: readonly Tensor[];
  /** The loop in which its outputs exist; absent outside of loops. */
  readonly frame: Frame | undefined;
}

/** One output of a node: a value that will exist when the graph runs. */
export class Tensor<D extends DType = DType> {
  constructor(
    readonly operation: Operation,
    readonly index: number,
    readonly dtype: D,
    readonly shape: Shape,
  ) {}

  get graph(): Graph {
    return this.operation.graph;
  }

  /** What a session calls it: `fc/BiasAdd:0`. */
  get name(): string {
    return `${this.operation.name}:${String(this.index)}`;
  }
}
