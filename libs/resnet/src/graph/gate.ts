import { choose, setting, type Graph, type Setting, type Tensor } from '@fathom/graph';

/** A setting of the step, or `otherwise` in a step that is left out: scalars. */
export type Gate = <S extends Setting>(value: S, otherwise: number) => S | Tensor<'float32'>;

/** @param usable whether the step counts; every step does if absent */
export function gateOf(graph: Graph, usable: Tensor<'bool'> | undefined): Gate {
  return usable
    ? (value, otherwise) => choose(usable, setting(graph, value), setting(graph, otherwise))
    : (value) => value;
}
