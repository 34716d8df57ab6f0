import type { ParameterName, TrainingConfig } from '@fathom/contracts';
import { usualTarget } from '@fathom/graph';
import {
  buildTrainingGraph,
  countMacs,
  countParameters,
  imagenetDepths,
  resolveArchitecture,
  summariseLayers,
  type Architecture,
  type LayerSummary,
  type TrainingMemory,
} from '@fathom/resnet';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { throwAsUsage, UsageError } from '../exit-codes';
import { wholeNumber } from '../option-values';
import { layerTable, type Granularity } from '../summary/layer-table';
import { memoryTable } from '../summary/memory-table';
import { paddleSummary } from '../summary/paddle-summary';
import { configOf, configOptions } from '../train/config-options';

interface SummaryOptions extends Readonly<Record<string, unknown>> {
  readonly imageSize?: number;
  readonly channels: number;
  readonly classes?: number;
  readonly per: Granularity;
  readonly only?: string;
  readonly style: 'table' | 'paddle';
  readonly json?: true;
}

/** The settings that change a network or the memory that its training takes. */
const relevant: ReadonlySet<string> = new Set<ParameterName | 'batch'>([
  ...(['family', 'variant', 'block', 'shortcut', 'width', 'stages'] as const),
  ...(['batchSize', 'batch', 'accumulationSteps', 'precision', 'optimizer', 'emaDecay'] as const),
]);

export function addSummaryCommand(program: Command): void {
  const command = program
    .command('summary')
    .description(
      'show the layers of a network, its parameters, multiply-accumulates and memory, without training it',
    )
    .argument('<depth>', 'layers with weights, such as 20 or 50', depthNumber)
    .option(
      '--image-size <px>',
      'pixels per side (default: 224 for the depths of the ImageNet family, else 32)',
      wholeNumber,
    )
    .option(
      '--classes <n>',
      'classes to tell apart (default: 1000 in the ImageNet family, else 10)',
      wholeNumber,
    )
    .addOption(new Option('--channels <n>', 'colour channels').argParser(wholeNumber).default(3))
    .addOption(
      new Option('--per <what>', 'what a line stands for')
        .choices(['layer', 'block', 'stage'])
        .default('layer'),
    )
    .option('--only <part>', 'only a part of the network: conv1, layer2, layer2.0, fc')
    .addOption(
      new Option('--style <style>', "table, or paddle: PaddlePaddle's summary, with its way of counting")
        .choices(['table', 'paddle'])
        .default('table'),
    )
    .option('--json', 'print everything as JSON');
  for (const option of configOptions()) if (relevant.has(option.attributeName())) command.addOption(option);
  command
    .addHelpText(
      'after',
      '\nExamples:\n  fathom summary 50\n  fathom summary 110 --shortcut zero-pad --per block --batch 64 --precision bfloat16\n' +
        '  fathom summary 16 --stages 2x16,3x32,2x64 --image-size 48 --classes 12\n' +
        '  fathom summary 18 --image-size 896 --only layer2.0 --style paddle',
    )
    .action((depth: number, options: SummaryOptions) => {
      process.stdout.write(`${summary(depth, options)}\n`);
    });
}

/** For commander: the schema says which whole numbers may be a depth. */
function depthNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('Expected a whole number, such as 20 or 50.');
  return value;
}

function summary(depth: number, options: SummaryOptions): string {
  const config = configOf({ ...pick(options, relevant), depth });
  const architecture = architectureFor(config, options);
  const layers = partOf(summariseLayers(architecture), options.only);
  if (options.style === 'paddle' && !options.json) return paddleSummary(layers, architecture.block);
  const memory = memoryOf(architecture, config);
  if (options.json) return JSON.stringify(asJson(architecture, layers, config, memory), null, 2);
  const tables = [layerTable(layers, options.per), memoryTable(config, memory)];
  return [titleOf(architecture), ...tables].join('\n\n');
}

const pick = (options: SummaryOptions, names: ReadonlySet<string>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(options).filter(([name]) => names.has(name)));

function memoryOf(architecture: Architecture, config: TrainingConfig): TrainingMemory {
  if (config.batchSize % config.accumulationSteps !== 0)
    throw new UsageError(
      `--accumulation-steps: given ${config.accumulationSteps}, allowed is a divisor of the batch size`,
    );
  // Memory does not depend on what the pixels are.
  const pixels = {
    mean: Array<number>(architecture.channels).fill(0),
    std: Array<number>(architecture.channels).fill(1),
  };
  return buildTrainingGraph(architecture, config, pixels, undefined, { target: usualTarget }).memory;
}

function architectureFor(config: TrainingConfig, options: SummaryOptions): Architecture {
  const { depth, family, stages } = config;
  const isLarge =
    family === 'imagenet' || (family === 'auto' && stages === '' && imagenetDepths.includes(depth));
  const facts = { imageSize: options.imageSize ?? (isLarge ? 224 : 32), channels: options.channels };
  try {
    const classes =
      options.classes ??
      (resolveArchitecture(config, { ...facts, classes: 2 }).family === 'imagenet' ? 1000 : 10);
    return resolveArchitecture(config, { ...facts, classes });
  } catch (error) {
    throwAsUsage(error);
  }
}

/** @throws UsageError naming the parts there are */
function partOf(layers: readonly LayerSummary[], part: string | undefined): readonly LayerSummary[] {
  if (part === undefined) return layers;
  const found = layers.filter((layer) => layer.part === part || layer.part.startsWith(`${part}.`));
  if (found.length > 0) return found;
  const parts = [...new Set(layers.flatMap((layer) => [layer.part.split('.')[0] ?? layer.part]))];
  throw new UsageError(
    `--only: given ${part}, allowed is one of ${parts.join(', ')}, or a block such as layer1.0`,
  );
}

function titleOf({
  depth,
  variant,
  family,
  block,
  blocks,
  imageSize,
  channels,
  classes,
}: Architecture): string {
  const kind = variant === 'plain' ? 'plain network' : 'ResNet';
  const changing = blocks
    .map(({ shortcut }) => shortcut)
    .find((shortcut) => !['identity', 'none'].includes(shortcut));
  const shortcuts = changing === undefined ? '' : `, ${changing} shortcuts`;
  return (
    `${kind} of ${depth} layers, ${family} stem, ${blocks.length} ${block} blocks${shortcuts}; ` +
    `${channels}x${imageSize}x${imageSize}, ${classes} classes`
  );
}

function asJson(
  architecture: Architecture,
  layers: readonly LayerSummary[],
  { batchSize, accumulationSteps, precision, optimizer }: TrainingConfig,
  bytes: TrainingMemory,
) {
  const { depth, variant, family, block, imageSize, channels, classes, features } = architecture;
  return {
    network: { depth, variant, family, block, imageSize, channels, classes, features },
    parameters: countParameters(architecture),
    macs: countMacs(architecture),
    training: { batchSize, accumulationSteps, precision, optimizer, memory: bytes },
    layers,
  };
}
