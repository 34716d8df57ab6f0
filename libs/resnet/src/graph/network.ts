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
  whereFinite,
  type FloatDType,
  type Operation,
  type Tensor,
} from '@fathom/graph';
import type { Architecture, Block, Convolution } from '../architecture/architecture';
import type { NetworkValues, Weights } from './weights';

export interface Forward {
  /** [batch, classes] */
  readonly logits: Tensor<'float32'>;
  /** Assignments of the new running statistics. */
  readonly statisticsUpdates: readonly Operation[];
}

/**
 * The forward pass in training, in which batch normalisation uses and collects the statistics of the batch.
 *
 * @param images [batch, size, size, channels], normalised, in the type that the layers compute in
 */
export function buildTraining<D extends FloatDType>(
  architecture: Architecture,
  weights: Weights,
  images: Tensor<D>,
): Forward {
  const builder = new NetworkBuilder<D>(weights, images.dtype, (norm) => !weights.isFrozen(norm));
  const logits = builder.build(architecture, images);
  // A float16 layer may overflow in a step that is then left out, but what it has collected would stay.
  const kept = images.dtype === 'float16' ? whereFinite : undefined;
  return { logits, statisticsUpdates: weights.collect(builder.nextStatistics, kept) };
}

/** The forward pass in evaluation, with the running statistics. @returns logits [batch, classes] */
export const buildInference = <D extends FloatDType>(
  architecture: Architecture,
  values: NetworkValues,
  images: Tensor<D>,
): Tensor<'float32'> => new NetworkBuilder<D>(values, images.dtype, () => false).build(architecture, images);

class NetworkBuilder<D extends FloatDType> {
  /** Of the normalisations that are trained, by name. */
  readonly nextStatistics = new Map<string, Tensor<'float32'>>();

  constructor(
    private readonly values: NetworkValues,
    private readonly dtype: D,
    /** Whether a normalisation uses and collects the statistics of the batch. */
    private readonly isTrained: (norm: string) => boolean,
  ) {}

  build(architecture: Architecture, images: Tensor<D>): Tensor<'float32'> {
    let x = relu(this.#convolution(architecture.stem, images));
    if (architecture.maxPool) x = maxPool(x, architecture.maxPool);
    for (const block of architecture.blocks) x = this.#block(block, x);
    const { graph } = x;
    // Few numbers from here on, so the mean over the image and the logits are exact to float32.
    const features = globalAveragePool(cast(x, 'float32'));
    const [weight, bias] = [this.values.value('fc.weight'), this.values.value('fc.bias')];
    return graph.scope('fc', () => biasAdd(matMul(features, weight), bias));
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
    const weight = this.values.value(`${spec.name}.weight`);
    const y = graph.scope(spec.name, () => conv2d(x, cast(weight, this.dtype), spec));
    return graph.scope(spec.norm, () => this.#normalisation(spec.norm, y));
  }

  #normalisation(name: string, x: Tensor<D>): Tensor<D> {
    const inputs = {
      x,
      scale: this.values.value(`${name}.weight`),
      offset: this.values.value(`${name}.bias`),
      runningMean: this.values.value(`${name}.running_mean`),
      runningVariance: this.values.value(`${name}.running_var`),
    };
    if (!this.isTrained(name)) return batchNormInference(inputs);
    const { y, nextMean, nextVariance } = batchNormTraining(inputs);
    this.nextStatistics.set(`${name}.running_mean`, nextMean).set(`${name}.running_var`, nextVariance);
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
