import type { Architecture, Block, Convolution } from './architecture';

export type LayerKind =
  | 'convolution'
  | 'normalisation'
  | 'relu'
  | 'max-pool'
  | 'zero-pad'
  | 'add'
  | 'average-pool'
  | 'flatten'
  | 'dense';

/** Of one image: channels, height and width; channels alone from the flattening on. */
export type ImageShape = readonly [number, number, number] | readonly [number];

/** One layer of the forward pass, for one image. */
export interface LayerSummary {
  /** torchvision's where it has one: `layer2.0.conv1`, `layer2.0.downsample.1`. */
  readonly name: string;
  readonly kind: LayerKind;
  /** What it is part of: `conv1`, `layer2.0`, `fc`. */
  readonly part: string;
  /** Of a convolution or a pool. */
  readonly window: { readonly size: number; readonly stride: number } | undefined;
  readonly inputShape: ImageShape;
  readonly outputShape: ImageShape;
  /** Trainable numbers. */
  readonly parameters: number;
  /** Running statistics: kept with the weights, and not trained. */
  readonly statistics: number;
  /** Multiply-accumulates of convolution and dense layer, as papers count them. */
  readonly macs: number;
}

/** Every layer in the order in which the forward pass goes through them. Sums are those of `countParameters` and `countMacs`. */
export function summariseLayers(architecture: Architecture): readonly LayerSummary[] {
  const { stem, maxPool, blocks, features, classes } = architecture;
  const layers: LayerSummary[] = [...normalised(stem, 'conv1'), relu('relu', 'conv1', outputOf(stem))];
  if (maxPool) {
    const outputShape = inputOf(blocks[0]?.convolutions[0] ?? stem);
    layers.push({
      ...plain('maxpool', 'max-pool', 'maxpool', outputOf(stem), outputShape),
      window: { size: maxPool.size, stride: maxPool.stride },
    });
  }
  layers.push(...blocks.flatMap(blockLayers));
  const last = layers.at(-1)?.outputShape ?? outputOf(stem);
  layers.push(
    plain('avgpool', 'average-pool', 'avgpool', last, [features, 1, 1]),
    plain('flatten', 'flatten', 'flatten', [features, 1, 1], [features]),
    {
      ...plain('fc', 'dense', 'fc', [features], [classes]),
      parameters: (features + 1) * classes,
      macs: features * classes,
    },
  );
  return layers;
}

function blockLayers({ name, convolutions, shortcut, projection }: Block): LayerSummary[] {
  const layers: LayerSummary[] = [];
  const addRelu = (shape: ImageShape): void => {
    const before = layers.filter(({ kind }) => kind === 'relu').length;
    layers.push(relu(`${name}.relu${String(before + 1)}`, name, shape));
  };
  const first = convolutions[0];
  const last = convolutions.at(-1);
  if (!first || !last) return [];
  for (const convolution of convolutions) {
    layers.push(...normalised(convolution, name));
    if (convolution !== last) addRelu(outputOf(convolution));
  }
  const output = outputOf(last);
  if (projection) layers.push(...normalised(projection, name));
  if (shortcut === 'zero-pad')
    layers.push(plain(`${name}.shortcut`, 'zero-pad', name, inputOf(first), output));
  if (shortcut !== 'none') layers.push(plain(`${name}.add`, 'add', name, output, output));
  addRelu(output);
  return layers;
}

function normalised(convolution: Convolution, part: string): LayerSummary[] {
  const { name, norm, kernel, stride, inputs, outputs, outputSize } = convolution;
  const output = outputOf(convolution);
  const weights = kernel * kernel * inputs * outputs;
  return [
    {
      ...plain(name, 'convolution', part, inputOf(convolution), output),
      window: { size: kernel, stride },
      parameters: weights,
      macs: weights * outputSize ** 2,
    },
    {
      ...plain(norm, 'normalisation', part, output, output),
      parameters: 2 * outputs,
      statistics: 2 * outputs,
    },
  ];
}

const relu = (name: string, part: string, shape: ImageShape): LayerSummary =>
  plain(name, 'relu', part, shape, shape);

/** A layer without weights. */
const plain = (
  name: string,
  kind: LayerKind,
  part: string,
  inputShape: ImageShape,
  outputShape: ImageShape,
): LayerSummary => ({
  name,
  kind,
  part,
  window: undefined,
  inputShape,
  outputShape,
  parameters: 0,
  statistics: 0,
  macs: 0,
});

const inputOf = ({ inputs, inputSize }: Convolution): ImageShape => [inputs, inputSize, inputSize];
const outputOf = ({ outputs, outputSize }: Convolution): ImageShape => [outputs, outputSize, outputSize];
