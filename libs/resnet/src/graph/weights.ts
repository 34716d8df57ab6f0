import { initialisers, variable, type Graph, type Tensor, type Variable } from '@fathom/graph';
import { convolutionsOf, type Architecture } from '../architecture/architecture';

/** Running statistics of one batch normalisation. */
export interface Statistics {
  readonly mean: Variable;
  readonly variance: Variable;
}

export interface Parameter extends Variable {
  /** Whether weight decay applies: to convolution and dense weights, not to normalisation and bias. */
  readonly decayed: boolean;
}

/**
 * The variables of a network, named as torchvision names them. Convolution weights are stored [height, width, in,
 * out] and the dense one [in, out], which is TensorFlow's order and the reverse of PyTorch's.
 */
export class Weights {
  readonly #parameters = new Map<string, Parameter>();
  readonly #statistics = new Map<string, Statistics>();
  readonly #graph: Graph;
  readonly #seed: Tensor<'int32'>;

  /** @param seed scalar, fed when the variables are initialised */
  constructor(graph: Graph, architecture: Architecture, seed: Tensor<'int32'>) {
    this.#graph = graph;
    this.#seed = seed;
    for (const { name, norm, kernel, inputs, outputs } of convolutionsOf(architecture)) {
      // torchvision's choice: variance 2 / fan-out keeps the size of gradients.
      this.#add(`${name}.weight`, [kernel, kernel, inputs, outputs], this.#heNormal(), true);
      this.#add(`${norm}.weight`, [outputs], initialisers.ones, false);
      this.#add(`${norm}.bias`, [outputs], initialisers.zeros, false);
      this.#statistics.set(norm, {
        mean: variable(graph, `${norm}.running_mean`, [outputs], initialisers.zeros),
        variance: variable(graph, `${norm}.running_var`, [outputs], initialisers.ones),
      });
    }
    const { features, classes } = architecture;
    // PyTorch's Linear: uniform within 1 / sqrt(inputs).
    const bound = 1 / Math.sqrt(features);
    this.#add('fc.weight', [features, classes], this.#uniform(bound), true);
    this.#add('fc.bias', [classes], this.#uniform(bound), false);
  }

  get parameters(): readonly Parameter[] {
    return [...this.#parameters.values()];
  }

  parameter(name: string): Parameter {
    return known(this.#parameters.get(name), name);
  }

  statistics(name: string): Statistics {
    return known(this.#statistics.get(name), name);
  }

  #add(name: string, shape: readonly number[], initialiser: Variable['initialiser'], decayed: boolean): void {
    this.#parameters.set(name, { ...variable(this.#graph, name, shape, initialiser), decayed });
  }

  /** Every variable draws from its own stream of the seed. */
  #heNormal() {
    return initialisers.heNormal(this.#seed, this.#parameters.size);
  }

  #uniform(bound: number) {
    return initialisers.uniform(this.#seed, this.#parameters.size, bound);
  }
}

function known<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new RangeError(`the network has no layer ${name}`);
  return value;
}
