import { constant, type Graph, type Tensor } from '@fathom/graph';
import type { NetworkValues } from '../graph/weights';
import type { CheckpointTensor } from '../training/checkpoint';

/** The weights of a finished network as constants of a graph. */
export class FrozenValues implements NetworkValues {
  readonly #graph: Graph;
  readonly #tensors: Readonly<Record<string, CheckpointTensor>>;

  /** @param tensors by variable name, in the layout of our variables: from `fromTorchvision` */
  constructor(graph: Graph, tensors: Readonly<Record<string, CheckpointTensor>>) {
    this.#graph = graph;
    this.#tensors = tensors;
  }

  value(name: string): Tensor<'float32'> {
    const tensor = this.#tensors[name];
    if (!tensor) throw new RangeError(`the model has no ${name}`);
    // Outside of the loop that is being built, if any: one constant for all of its iterations.
    return this.#graph.within(undefined, () =>
      this.#graph.rootScope(() =>
        this.#graph.scope(name, () => constant(this.#graph, 'float32', tensor.data, tensor.shape)),
      ),
    );
  }
}
