import type { TrainingConfig } from '@fathom/contracts';
import {
  assign,
  initialisers,
  pack,
  variable,
  type Graph,
  type Operation,
  type Part,
  type Shape,
  type Tensor,
  type Variable,
} from '@fathom/graph';
import { convolutionsOf, type Architecture, type Convolution } from '../architecture/architecture';
import { frozenLayers } from './frozen-stages';

export interface Parameter extends Variable {
  /** Whether weight decay applies: to convolution and dense weights, not to normalisation and bias. */
  readonly decayed: boolean;
}

/** What a forward pass takes: the values of the variables of a network, their moving averages, or constants. */
export interface NetworkValues {
  /** @param name as torchvision has it: `layer1.0.conv1.weight`, `layer1.0.bn1.running_mean` */
  value(name: string): Tensor<'float32'>;
}

export type WeightsConfig = Pick<TrainingConfig, 'zeroInitResidual' | 'frozenStages'>;

/**
 * The variables of a network. Their parts are named as torchvision names them: those of batch normalisation are packed in
 * a few variables. Convolution weights are stored [height, width, in, out] and the dense one [in, out], which is
 * TensorFlow's order and the reverse of PyTorch's.
 */
export class Weights implements NetworkValues {
  readonly #parts = new Map<string, Part>();
  readonly #trained: Parameter[] = [];
  readonly #collected: Variable[] = [];
  readonly #graph: Graph;
  readonly #isFrozen: (layer: string) => boolean;

  /**
   * @param seed scalar, fed when the variables are initialised
   * @throws ConfigurationError where more stages are frozen than there are
   */
  constructor(graph: Graph, architecture: Architecture, seed: Tensor<'int32'>, config: WeightsConfig) {
    this.#graph = graph;
    this.#isFrozen = frozenLayers(architecture, config.frozenStages);
    const convolutions = convolutionsOf(architecture);
    // Every variable that is drawn has its own stream of the seed: the first of the three that a layer has.
    convolutions.forEach(({ name, kernel, inputs, outputs }, layer) => {
      // torchvision's choice: variance 2 / fan-out keeps the size of gradients.
      const initialiser = initialisers.heNormal(seed, 3 * layer);
      const weight = variable(graph, `${name}.weight`, [kernel, kernel, inputs, outputs], initialiser);
      this.#add(weight, { decayed: true, frozen: this.#isFrozen(name) });
    });
    const zeroed = config.zeroInitResidual ? lastNorms(architecture) : new Set<string>();
    for (const frozen of [false, true]) {
      const norms = convolutions.filter(({ norm }) => this.#isFrozen(norm) === frozen);
      if (norms.length > 0) this.#addNormalisations(norms, { zeroed, frozen });
    }
    const { features, classes } = architecture;
    // PyTorch's Linear: uniform within 1 / sqrt(inputs).
    const bound = 1 / Math.sqrt(features);
    const dense = (name: string, shape: Shape, stream: number) =>
      variable(graph, name, shape, initialisers.uniform(seed, stream, bound));
    const stream = 3 * convolutions.length;
    this.#add(dense('fc.weight', [features, classes], stream), { decayed: true, frozen: false });
    this.#add(dense('fc.bias', [classes], stream + 1), { decayed: false, frozen: false });
  }

  /** The parameters that are trained. */
  get trained(): readonly Parameter[] {
    return this.#trained;
  }

  /** The running statistics that training collects. */
  get collected(): readonly Variable[] {
    return this.#collected;
  }

  /** Whether a layer is not trained, so that its normalisation uses the running statistics and leaves them alone. */
  isFrozen(layer: string): boolean {
    return this.#isFrozen(layer);
  }

  value(name: string): Tensor<'float32'> {
    return known(this.#parts.get(name), name).value;
  }

  /**
   * Nodes that keep new running statistics.
   *
   * @param next of each normalisation that is trained, by name
   * @param kept what of them is kept, given the last ones; all if absent
   */
  collect(
    next: ReadonlyMap<string, Tensor<'float32'>>,
    kept: (next: Tensor<'float32'>, last: Tensor<'float32'>) => Tensor<'float32'> = (all) => all,
  ): readonly Operation[] {
    return this.#collected.map((statistics) =>
      this.#graph.scope(statistics.name, () => {
        const values = statistics.parts.map(({ name }) => known(next.get(name), name));
        return assign(statistics, kept(statistics.joined(values), statistics.value));
      }),
    );
  }

  #addNormalisations(
    norms: readonly Convolution[],
    { zeroed, frozen }: { readonly zeroed: ReadonlySet<string>; readonly frozen: boolean },
  ): void {
    const packed = (name: string, initialiserOf: (norm: string) => Variable['initialiser']) =>
      pack(
        this.#graph,
        `${frozen ? 'frozen' : 'trained'}_norms.${name}`,
        norms.map(({ norm, outputs }) => ({
          name: `${norm}.${name}`,
          length: outputs,
          initialiser: initialiserOf(norm),
        })),
      );
    const { zeros, ones } = initialisers;
    const scales = packed('weight', (norm) => (zeroed.has(norm) ? zeros : ones));
    for (const parameter of [scales, packed('bias', () => zeros)])
      this.#add(parameter, { decayed: false, frozen });
    for (const statistics of [packed('running_mean', () => zeros), packed('running_var', () => ones)]) {
      this.#know(statistics);
      if (!frozen) this.#collected.push(statistics);
    }
  }

  #add(declared: Variable, { decayed, frozen }: Pick<Parameter, 'decayed'> & { readonly frozen: boolean }) {
    this.#know(declared);
    if (!frozen) this.#trained.push(Object.assign(declared, { decayed }));
  }

  #know({ parts }: Variable): void {
    for (const part of parts) this.#parts.set(part.name, part);
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
