import type { DType } from './dtype';
import type { Graph } from './graph';
import { GraphError } from './graph-error';
import { sameShape, showShape, type Shape } from './shape';
import type { Tensor } from './tensor';

/** Checks made by one op while its node is built; each failure names the op, what it expects and what it got. */
export interface Checks {
  that(holds: boolean, expected: string, given: string | number): void;
  rank(input: string, tensor: Tensor, rank: number): void;
  shape(input: string, given: { readonly shape: Shape }, shape: Shape): void;
  dtype(input: string, tensor: Tensor, dtype: DType): void;
}

export function checksFor(graph: Graph, op: string): Checks {
  const that = (holds: boolean, expected: string, given: string | number): void => {
    if (!holds) throw new GraphError(graph.label(op), expected, String(given));
  };
  return {
    that,
    rank: (input, { shape }, rank) => {
      that(shape.length === rank, `${input} of rank ${String(rank)}`, showShape(shape));
    },
    shape: (input, given, shape) => {
      that(sameShape(given.shape, shape), `${input} of shape ${showShape(shape)}`, showShape(given.shape));
    },
    dtype: (input, tensor, dtype) => {
      that(tensor.dtype === dtype, `${input} of type ${dtype}`, tensor.dtype);
    },
  };
}
