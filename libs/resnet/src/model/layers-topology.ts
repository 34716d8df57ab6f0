import type { Architecture, Block, Convolution } from '../architecture/architecture';
import type { MaxPool } from '../architecture/layouts';

/** A layer as Keras writes it in JSON, which tf.layers reads. */
export interface LayerJson {
  readonly name: string;
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Which layers' outputs go in. */
  readonly inbound_nodes: readonly unknown[];
}

/** A layer with weights: `kind` and `source` say which. */
export interface WeightedLayer {
  readonly layer: string;
  readonly kind: 'pixels' | 'convolution' | 'normalisation' | 'zero-pad' | 'dense';
  /** Convolution, normalisation or block in the architecture's names. */
  readonly source: string;
}

export interface LayersTopology {
  /** In the order of the data. */
  readonly layers: readonly LayerJson[];
  readonly weighted: readonly WeightedLayer[];
}

/** That of the network, PyTorch's default. */
export const EPSILON = 1e-5;

/** Names of the layers at both ends, and of the one that gives the logits. */
export const endLayers = { input: 'images', logits: 'fc', output: 'probabilities' } as const;

/**
 * The network as layers that tf.layers and Keras have, from pixels between 0 and 255 to probabilities. Two things
 * have to be said in another way: padding on all sides at stride 2, which tf.layers does not know, is a layer of its
 * own; and option A's shortcut of zero channels is a convolution whose kernel is the identity with columns of zeros.
 */
export function layersTopology(architecture: Architecture): LayersTopology {
  const builder = new TopologyBuilder();
  builder.build(architecture);
  return builder;
}

class TopologyBuilder implements LayersTopology {
  readonly layers: LayerJson[] = [];
  readonly weighted: WeightedLayer[] = [];

  build(architecture: Architecture): void {
    const { imageSize, channels, classes } = architecture;
    let x = this.#add(endLayers.input, 'InputLayer', [], {
      batch_input_shape: [null, imageSize, imageSize, channels],
      dtype: 'float32',
      sparse: false,
    });
    x = this.#weigh('pixels', 'input', this.#add('input', 'BatchNormalization', [x], { epsilon: EPSILON }));
    x = this.#relu('relu', this.#convolution(architecture.stem, x));
    if (architecture.maxPool) x = this.#maxPool(architecture.maxPool, x);
    for (const block of architecture.blocks) x = this.#block(block, x);
    x = this.#add('avgpool', 'GlobalAveragePooling2D', [x], { data_format: 'channels_last' });
    const dense = { units: classes, activation: 'linear', use_bias: true };
    x = this.#weigh('dense', 'fc', this.#add(endLayers.logits, 'Dense', [x], dense));
    this.#add(endLayers.output, 'Activation', [x], { activation: 'softmax' });
  }

  #block(block: Block, input: string): string {
    const last = block.convolutions.length - 1;
    let x = input;
    block.convolutions.forEach((convolution, i) => {
      const y = this.#convolution(convolution, x);
      x = i < last ? this.#relu(`${block.name}.relu${String(i + 1)}`, y) : y;
    });
    const shortcut = this.#shortcut(block, input);
    const sum = shortcut === undefined ? x : this.#add(`${block.name}.add`, 'Add', [x, shortcut], {});
    return this.#relu(`${block.name}.relu`, sum);
  }

  #shortcut(block: Block, x: string): string | undefined {
    switch (block.shortcut) {
      case 'none':
        return undefined;
      case 'identity':
        return x;
      case 'projection':
        return block.projection && this.#convolution(block.projection, x);
      case 'zero-pad': {
        const config = convolutionConfig(
          { kernel: 1, stride: block.stride, outputs: block.outputs },
          'valid',
        );
        const padded = this.#add(`${block.name}.shortcut`, 'Conv2D', [x], { ...config, trainable: false });
        return this.#weigh('zero-pad', block.name, padded);
      }
    }
  }

  #convolution(convolution: Convolution, x: string): string {
    const { name, norm, kernel, stride, padding } = convolution;
    // At stride 1 `same` is what PyTorch does; else it pads an even size on one side only.
    const same = stride === 1 && kernel === 2 * padding + 1;
    const input = same || padding === 0 ? x : this.#pad(`${name}.pad`, padding, x);
    const config = convolutionConfig(convolution, same ? 'same' : 'valid');
    const y = this.#weigh('convolution', name, this.#add(name, 'Conv2D', [input], config));
    return this.#weigh(
      'normalisation',
      norm,
      this.#add(norm, 'BatchNormalization', [y], { epsilon: EPSILON }),
    );
  }

  /** Comes after a ReLU, so that the zeros around the image never win. */
  #maxPool({ size, stride, padding }: MaxPool, x: string): string {
    return this.#add('maxpool', 'MaxPooling2D', [this.#pad('maxpool.pad', padding, x)], {
      pool_size: [size, size],
      strides: [stride, stride],
      padding: 'valid',
      data_format: 'channels_last',
    });
  }

  #pad(name: string, padding: number, x: string): string {
    const sides = [padding, padding];
    return this.#add(name, 'ZeroPadding2D', [x], { padding: [sides, sides], data_format: 'channels_last' });
  }

  #relu(name: string, x: string): string {
    return this.#add(name, 'Activation', [x], { activation: 'relu' });
  }

  #weigh(kind: WeightedLayer['kind'], source: string, layer: string): string {
    this.weighted.push({ layer, kind, source });
    return layer;
  }

  #add(
    name: string,
    className: string,
    inputs: readonly string[],
    config: Readonly<Record<string, unknown>>,
  ): string {
    const nodes = inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])];
    this.layers.push({ name, class_name: className, config: { name, ...config }, inbound_nodes: nodes });
    return name;
  }
}

const convolutionConfig = (
  { kernel, stride, outputs }: Pick<Convolution, 'kernel' | 'stride' | 'outputs'>,
  padding: 'same' | 'valid',
) => ({
  filters: outputs,
  kernel_size: [kernel, kernel],
  strides: [stride, stride],
  padding,
  data_format: 'channels_last',
  use_bias: false,
});
