import type { TrainingConfig } from '@fathom/contracts';
import { initialisers, variable, type Graph, type Tensor, type Variable } from '@fathom/graph';
import { convolutionsOf, type Architecture } from '../architecture/architecture';
import { frozenLayers } from './frozen-stages';

/** Running statistics of one batch normalisation. */
export interface Statistics<V extends Valued = Variable> {
  readonly mean: V;
  readonly variance: V;
}

export interface Parameter extends Variable {
  /** Whether weight decay applies: to convolution and dense weights, not to normalisation and bias. */
  readonly decayed: boolean;
}

/** Something with a value in the graph: a variable or a constant. */
export interface Valued {
  readonly value: Tensor<'float32'>;
}

/** The values that a forward pass takes: the variables of the network, their moving averages, or constants. */
export interface NetworkValues<V extends Valued = Variable> {
  /** @param name `layer1.0.conv1.weight` */
  parameter(name: string): V;
  /** @param norm `layer1.0.bn1` */
  statistics(norm: string): Statistics<V>;
  /** Whether a layer is not trained, so that its normalisation uses the running statistics and leaves them alone. */
  isFrozen(layer: string): boolean;
}

export type WeightsConfig = Pick<TrainingConfig, 'zeroInitResidual' | 'frozenStages'>;

/**
 * The variables of a network, named as torchvision names them. Convolution weights are stored [height, width, in,
 * out] and the dense one [in, out], which is TensorFlow's order and the reverse of PyTorch's.
 */
export class Weights implements NetworkValues {
  readonly #parameters = new Map<string, Parameter>();
  readonly #statistics = new Map<string, Statistics>();
  readonly #graph: Graph;
  readonly #seed: Tensor<'int32'>;
  readonly #isFrozen: (layer: string) => boolean;

  /**
   * @param seed scalar, fed when the variables are initialised
   * @throws ConfigurationError where more stages are frozen than there are
   */
  constructor(graph: Graph, architecture: Architecture, seed: Tensor<'int32'>, config: WeightsConfig) {
    this.#graph = graph;
    this.#seed = seed;
    this.#isFrozen = frozenLayers(architecture, config.frozenStages);
    const zeroed = config.zeroInitResidual ? lastNorms(architecture) : new Set<string>();
    for (const { name, norm, kernel, inputs, outputs } of convolutionsOf(architecture)) {
      // torchvision's choice: variance 2 / fan-out keeps the size of gradients.
      this.#add(`${name}.weight`, [kernel, kernel, inputs, outputs], this.#heNormal(), true);
      const scale = zeroed.has(norm) ? initialisers.zeros : initialisers.ones;
      this.#add(`${norm}.weight`, [outputs], scale, false);
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

  /** The parameters that are trained. */
  get trained(): readonly Parameter[] {
    return this.parameters.filter(({ name }) => !this.#isFrozen(name.slice(0, name.lastIndexOf('.'))));
  }

  /** The running statistics that training collects. */
  get collected(): readonly Variable[] {
    return [...this.#statistics].flatMap(([norm, { mean, variance }]) =>
      this.#isFrozen(norm) ? [] : [mean, variance],
    );
  }

  isFrozen(layer: string): boolean {
    return this.#isFrozen(layer);
  }

  parameter(name: string): Parameter {
    return known(this.#parameters.get(name), name);
  }

  statistics(name: string): Statistics {
    return known(this.#statistics.get(name), name);
  }

  #add(name: string, shape: readonly number[], initialiser: Variable['initialiser'], decayed: boolean): void {
    const declared = variable(this.#graph, name, shape, initialiser);
    this.#parameters.set(name, Object.assign(declared, { decayed }));
  }

  /** Every variable draws from its own stream of the seed. */
  #heNormal() {
    return initialisers.heNormal(this.#seed, this.#parameters.size);
  }

  #uniform(bound: number) {
    return initialisers.uniform(this.#seed, this.#parameters.size, bound);
  }
}

/**
 * The normalisations that end the residual branches. With a scale of 0 every block starts as the identity (Goyal et al.
 * 2017, arXiv 1706.02677, section 5.1). A plain network has no branches.
 */
function lastNorms({ blocks }: Architecture): ReadonlySet<string> {
  return new Set(
    blocks.flatMap(({ shortcut, convolutions }) =>
      shortcut === 'none' ? [] : convolutions.slice(-1).map(({ norm }) => norm),
    ),
  );
}

function known<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new RangeError(`the network has no layer ${name}`);
  return value;
}
