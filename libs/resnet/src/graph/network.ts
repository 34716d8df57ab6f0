import {
  batchNormInference,
  batchNormTraining,
  biasAdd,
  cast,
  conv2d,
  everyPixel,
  globalAveragePool,
  matMul,
  maxPool,
  pad,
  relu,
  reluOfSum,
  assign,
  whereFinite,
  type FloatDType,
  type Operation,
  type Tensor,
} from '@fathom/graph';
import type { Architecture, Block, Convolution } from '../architecture/architecture';
import type { NetworkValues, Valued } from './weights';

/** Whether batch normalisation uses and collects the statistics of the batch, or applies the running ones. */
export type Mode = 'training' | 'evaluation';

export interface Forward {
  /** [batch, classes] */
  readonly logits: Tensor<'float32'>;
  /** Assignments of the new running statistics; none in evaluation. */
  readonly statisticsUpdates: readonly Operation[];
}

/** The forward pass: images [batch, size, size, channels], normalised, in the type that the layers compute in. */
export function buildNetwork<D extends FloatDType>(
  architecture: Architecture,
  weights: NetworkValues,
  images: Tensor<D>,
  mode: Mode,
): Forward {
  const builder = new NetworkBuilder<D>(weights, images.dtype, mode === 'training' ? weights : undefined);
  const logits = builder.build(architecture, images);
  return { logits, statisticsUpdates: builder.statisticsUpdates };
}

/** The forward pass in evaluation, of which nothing is trained. @returns logits [batch, classes] */
export const buildInference = <D extends FloatDType>(
  architecture: Architecture,
  values: NetworkValues<Valued>,
  images: Tensor<D>,
): Tensor<'float32'> => new NetworkBuilder<D>(values, images.dtype).build(architecture, images);

class NetworkBuilder<D extends FloatDType> {
  readonly statisticsUpdates: Operation[] = [];
  readonly #weights: NetworkValues<Valued>;
  readonly #dtype: D;
  readonly #trained: NetworkValues | undefined;

  /** @param trained the weights again, if they are being trained */
  constructor(weights: NetworkValues<Valued>, dtype: D, trained?: NetworkValues) {
    this.#weights = weights;
    this.#dtype = dtype;
    this.#trained = trained;
  }

  build(architecture: Architecture, images: Tensor<D>): Tensor<'float32'> {
    let x = relu(this.#convolution(architecture.stem, images));
    if (architecture.maxPool) x = maxPool(x, architecture.maxPool);
    for (const block of architecture.blocks) x = this.#block(block, x);
    const { graph } = x;
    // Few numbers from here on, so the mean over the image and the logits are exact to float32.
    const features = globalAveragePool(cast(x, 'float32'));
    const weight = this.#weights.parameter('fc.weight');
    const bias = this.#weights.parameter('fc.bias');
    return graph.scope('fc', () => biasAdd(matMul(features, weight.value), bias.value));
  }

  #block(block: Block, input: Tensor<D>): Tensor<D> {
    const { graph } = input;
    const last = block.convolutions.length - 1;
    let x = input;
    block.convolutions.forEach((convolution, i) => {
      const y = this.#convolution(convolution, x);
      x = i < last ? relu(y) : y;
    });
    const shortcut = this.#shortcut(block, input);
    return graph.scope(block.name, () => (shortcut ? reluOfSum(x, shortcut) : relu(x)));
  }

  #shortcut(block: Block, x: Tensor<D>): Tensor<D> | undefined {
    switch (block.shortcut) {
      case 'none':
        return undefined;
      case 'identity':
        return x;
      case 'projection':
        return block.projection && this.#convolution(block.projection, x);
      case 'zero-pad':
        return x.graph.scope(`${block.name}.shortcut`, () => zeroPadded(block, x));
    }
  }

  #convolution(spec: Convolution, x: Tensor<D>): Tensor<D> {
    const { graph } = x;
    const weight = this.#weights.parameter(`${spec.name}.weight`).value;
    const y = graph.scope(spec.name, () => conv2d(x, cast(weight, this.#dtype), spec));
    return graph.scope(spec.norm, () => this.#normalisation(spec.norm, y));
  }

  #normalisation(name: string, x: Tensor<D>): Tensor<D> {
    const running = this.#weights.statistics(name);
    const inputs = {
      x,
      scale: this.#weights.parameter(`${name}.weight`).value,
      offset: this.#weights.parameter(`${name}.bias`).value,
      runningMean: running.mean.value,
      runningVariance: running.variance.value,
    };
    if (!this.#trained || this.#trained.isFrozen(name)) return batchNormInference(inputs);
    const { y, nextMean, nextVariance } = batchNormTraining(inputs);
    const { mean, variance } = this.#trained.statistics(name);
    // A float16 layer may overflow in a step that is then left out, but what it has collected would stay.
    const kept = (next: Tensor<'float32'>, last: Tensor<'float32'>) =>
      this.#dtype === 'float16' ? whereFinite(next, last) : next;
    this.statisticsUpdates.push(
      assign(mean, kept(nextMean, inputs.runningMean)),
      assign(variance, kept(nextVariance, inputs.runningVariance)),
    );
    return y;
  }
}

/** Option A of the paper: every stride-th pixel, and zeros for the channels that are new. */
function zeroPadded<D extends FloatDType>({ stride: step, inputs, outputs }: Block, x: Tensor<D>): Tensor<D> {
  return pad(everyPixel(x, { step }), [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, outputs - inputs],
  ]);
}
