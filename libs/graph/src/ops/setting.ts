import type { Graph } from '../graph';
import type { Tensor } from '../tensor';
import { constant } from './source';

/** A setting of an optimiser: known when the graph is built, or a scalar that it computes. */
export type Setting = number | Tensor<'float32'>;

export const setting = (graph: Graph, value: Setting): Tensor<'float32'> =>
  typeof value === 'number' ? constant(graph, 'float32', value) : value;
