import type { TrainingConfig } from '@fathom/contracts';
import { ArchitectureError } from '../configuration-error';
import { planStages, type StagePlan } from './depths';
import { expansion, layoutOf, type BlockKind, type Family, type MaxPool } from './layouts';
import type { StagesGiven } from './stages';

/** What the network has to take in and to tell apart. */
export interface InputFacts {
  /** Pixels per side. */
  readonly imageSize: number;
  /** Colour channels. */
  readonly channels: number;
  readonly classes: number;
}

export type Shortcut = 'none' | 'identity' | 'projection' | 'zero-pad';

export interface Convolution {
  /** torchvision's: `layer2.0.conv1`. The weight is `<name>.weight`. */
  readonly name: string;
  /** The batch normalisation behind it: `layer2.0.bn1`. */
  readonly norm: string;
  readonly kernel: number;
  readonly stride: number;
  /** On each side. */
  readonly padding: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Pixels per side of what comes in and goes out. */
  readonly inputSize: number;
  readonly outputSize: number;
}

/** Convolutions in a row with ReLU between them, a shortcut around them, and a ReLU behind their sum. */
export interface Block {
  readonly name: string;
  readonly convolutions: readonly Convolution[];
  readonly shortcut: Shortcut;
  /** The convolution of a projection shortcut. */
  readonly projection: Convolution | undefined;
  readonly stride: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** A ResNet, or its plain twin, as data: everything a graph, a summary or a count of it needs. */
export interface Architecture extends InputFacts {
  readonly family: Family;
  readonly depth: number;
  readonly variant: 'residual' | 'plain';
  readonly block: BlockKind;
  readonly stem: Convolution;
  readonly maxPool: MaxPool | undefined;
  readonly blocks: readonly Block[];
  /** Channels that enter the final dense layer. */
  readonly features: number;
}

/** Of a training configuration; stages may be given as data too. */
export type ArchitectureConfig = Pick<
  TrainingConfig,
  'depth' | 'variant' | 'family' | 'block' | 'shortcut' | 'width'
> & { readonly stages?: StagesGiven };

/**
 * The network a configuration asks for (He et al. 2015, arXiv 1512.03385), in torchvision's variant: stride on the
 * first 3x3 convolution of a stage, convolutions without bias, symmetric padding.
 *
 * @throws ArchitectureError naming the field, what was given and what is allowed
 */
export function resolveArchitecture(config: ArchitectureConfig, facts: InputFacts): Architecture {
  requireWhole('imageSize', facts.imageSize, 1);
  requireWhole('channels', facts.channels, 1);
  requireWhole('classes', facts.classes, 2);
  if (!(config.width > 0)) throw new ArchitectureError('width', config.width, 'a number above 0');
  const plan = planStages(config, facts.imageSize);
  const layout = layoutOf(plan.family);
  const channels = (base: number) => Math.max(1, Math.round(base * config.width));

  const stem = convolution({
    name: 'conv1',
    norm: 'bn1',
    ...layout.stem,
    inputs: facts.channels,
    outputs: channels(plan.stages[0]?.channels ?? 0),
    inputSize: facts.imageSize,
  });
  const { maxPool } = layout;
  const size = maxPool
    ? windowed(stem.outputSize, maxPool.size, maxPool.stride, maxPool.padding)
    : stem.outputSize;
  const blocks = stackBlocks(config, plan, channels, { size, channels: stem.outputs });
  return {
    imageSize: facts.imageSize,
    channels: facts.channels,
    classes: facts.classes,
    family: plan.family,
    depth: config.depth,
    variant: config.variant,
    block: plan.block,
    stem,
    maxPool,
    blocks,
    features: blocks.at(-1)?.outputs ?? stem.outputs,
  };
}

function stackBlocks(
  config: ArchitectureConfig,
  plan: StagePlan,
  channelsOf: (base: number) => number,
  input: { readonly size: number; readonly channels: number },
): Block[] {
  const blocks: Block[] = [];
  let { size, channels } = input;
  plan.stages.forEach((stage, index) => {
    const middle = channelsOf(stage.channels);
    for (let i = 0; i < stage.blocks; i++) {
      const stride = i === 0 ? stage.stride : 1;
      const outputs = middle * expansion[plan.block];
      const place = {
        name: `layer${String(index + 1)}.${String(i)}`,
        stride,
        size,
        inputs: channels,
        outputs,
      };
      const built = makeBlock(config, plan.block, middle, place);
      blocks.push(built);
      channels = outputs;
      size = built.convolutions.at(-1)?.outputSize ?? size;
    }
  });
  return blocks;
}

interface Place {
  readonly name: string;
  readonly stride: number;
  readonly size: number;
  readonly inputs: number;
  readonly outputs: number;
}

function makeBlock(config: ArchitectureConfig, kind: BlockKind, middle: number, place: Place): Block {
  const { name, stride, size, inputs, outputs } = place;
  const layer = (index: number, kernel: number, from: Convolution | undefined, to: number, step: number) =>
    convolution({
      name: `${name}.conv${String(index)}`,
      norm: `${name}.bn${String(index)}`,
      kernel,
      stride: step,
      padding: (kernel - 1) / 2,
      inputs: from?.outputs ?? inputs,
      outputs: to,
      inputSize: from?.outputSize ?? size,
    });
  const convolutions: Convolution[] = [];
  const push = (kernel: number, to: number, step = 1) =>
    convolutions.push(layer(convolutions.length + 1, kernel, convolutions.at(-1), to, step));
  switch (kind) {
    case 'basic':
      push(3, middle, stride);
      push(3, outputs);
      break;
    case 'bottleneck':
      push(1, middle);
      push(3, middle, stride);
      push(1, outputs);
  }
  const changes = stride !== 1 || inputs !== outputs;
  const shortcut = config.variant === 'plain' ? 'none' : changes ? config.shortcut : 'identity';
  if (shortcut === 'zero-pad' && outputs < inputs)
    throw new ArchitectureError(
      'shortcut',
      shortcut,
      `projection, as ${name} has fewer channels (${String(outputs)}) than come in (${String(inputs)})`,
    );
  const projection =
    shortcut === 'projection'
      ? convolution({
          name: `${name}.downsample.0`,
          norm: `${name}.downsample.1`,
          kernel: 1,
          stride,
          padding: 0,
          inputs,
          outputs,
          inputSize: size,
        })
      : undefined;
  return { name, convolutions, shortcut, projection, stride, inputs, outputs };
}

function convolution(spec: Omit<Convolution, 'outputSize'>): Convolution {
  return { ...spec, outputSize: windowed(spec.inputSize, spec.kernel, spec.stride, spec.padding) };
}

const windowed = (size: number, kernel: number, stride: number, padding: number): number =>
  Math.floor((size + 2 * padding - kernel) / stride) + 1;

function requireWhole(field: keyof InputFacts, value: number, minimum: number): void {
  if (!Number.isInteger(value) || value < minimum)
    throw new ArchitectureError(field, value, `a whole number of at least ${String(minimum)}`);
}

/** Every convolution of the network, in the order of the data. */
export const convolutionsOf = ({ stem, blocks }: Architecture): readonly Convolution[] => [
  stem,
  ...blocks.flatMap(({ convolutions, projection }) =>
    projection ? [...convolutions, projection] : convolutions,
  ),
];
