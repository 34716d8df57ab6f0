import { prepareModelFolder } from '@fathom/artifacts';
import type { EpochMetrics, FinalMetrics, StepMetrics, TrainingConfig } from '@fathom/contracts';
import { Option, type Command } from 'commander';
import { chooseDataset } from '../choose-dataset';
import { exitCodes, UsageError } from '../exit-codes';
import { interruption } from '../interruption';
import { wholeNumber } from '../option-values';
import { duration, millions, percent } from '../render/format';
import { classTable } from '../render/class-table';
import { bar } from '../render/live-view';
import { Screen } from '../render/screen';
import { configOf, configOptions } from '../train/config-options';
import type { CheckpointOptions } from '../train/kept-checkpoints';
import { trainHere, type TrainingFacts, type TrainingResult } from '../train/train-here';

interface TrainOptions extends Readonly<Record<string, unknown>> {
  readonly data: string;
  readonly images?: number;
  readonly testImages?: number;
  readonly validationFraction?: number;
  readonly imageSize?: number;
  readonly threads?: number;
  readonly save?: string;
  readonly checkpointDir?: string;
  readonly checkpointEvery?: number;
  readonly resume?: boolean;
  readonly json?: true;
}

export function addTrainCommand(program: Command): void {
  const command = program
    .command('train')
    .description('train one network in this process, without any service')
    .addOption(
      new Option(
        '--data <what>',
        'cifar10, shapes, a folder of class sub-folders of images, a CIFAR-10 archive, or auto: cifar10 if it can be had',
      ).default('auto'),
    )
    .option('--images <n>', 'only this many training images, the validation split included', wholeNumber)
    .option('--test-images <n>', 'only this many test images', wholeNumber)
    .option(
      '--validation-fraction <share>',
      'share of the training images held out for the validation after each epoch (default: 0.1)',
      Number,
    )
    .option('--image-size <px>', 'for a folder: pixels per side (default: 32)', wholeNumber)
    .option('--threads <n>', 'CPU threads (default: one for each core)', wholeNumber)
    .option('--save <folder>', 'keep the trained model there, for predict and export')
    .option(
      '--checkpoint-dir <folder>',
      'keep checkpoints there; the same command goes on from the newest, to the same bits on the same --threads',
    )
    .option(
      '--checkpoint-every <steps>',
      'a checkpoint after so many steps, not only each epoch',
      wholeNumber,
    )
    .option('--resume', 'fail where there is no checkpoint to go on from')
    .option('--no-resume', 'begin anew: the checkpoints in the folder are deleted')
    .option('--json', 'print the result as JSON; progress goes to standard error');
  for (const option of configOptions()) command.addOption(option);
  command
    .addHelpText(
      'after',
      '\nExamples:\n  fathom train --depth 20 --data cifar10 --precision bfloat16\n' +
        '  fathom train --depth 8 --data shapes --images 2000 --epochs 2 --lr 0.2 --batch 64 --json\n' +
        '  fathom train --depth 20 --data ~/birds --image-size 64 --save models/birds\n' +
        '  fathom train --depth 56 --data cifar10 --epochs 100 --checkpoint-dir runs/56',
    )
    .action(runTraining);
}

async function runTraining(options: TrainOptions): Promise<void> {
  const config = configOf(options);
  const out = options.json ? process.stderr : process.stdout;
  const log = (line: string): void => void out.write(`${line}\n`);
  const screen = out.isTTY ? new Screen(out) : undefined;
  using stop = interruption();
  const dataset = await chooseDataset(options.data, {
    trainImages: options.images,
    testImages: options.testImages,
    validationFraction: options.validationFraction,
    imageSize: options.imageSize,
    signal: stop.signal,
    log,
  });
  const { save } = options;
  // Before hours of training, not after them.
  if (save !== undefined) await prepareModelFolder(save);
  const began = Date.now();
  const result = await trainHere({
    config,
    dataset,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(save === undefined ? {} : { saveTo: save }),
    ...checkpointsOf(options),
    signal: stop.signal,
    onProgress: log,
    onStarted: (facts) => log(startLine(config, dataset.kind, facts)),
    onStep: (metrics) => screen?.draw([stepLine(config, metrics)]),
    onEpoch: (metrics) => {
      if (screen) screen.print(epochLine(config, metrics), []);
      else log(epochLine(config, metrics));
    },
  });
  if (result === undefined) {
    log(`stopped after ${duration((Date.now() - began) / 1000)}`);
    process.exitCode = exitCodes.interrupted.code;
    return;
  }
  log(resultLine(result));
  log(classTable(result.classes, result.metrics));
  if (save !== undefined) log(`model saved in ${save}`);
  if (options.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}

function checkpointsOf(options: TrainOptions): { checkpoints?: CheckpointOptions } {
  const { checkpointDir: dir, checkpointEvery: everySteps, resume } = options;
  if (dir !== undefined) return { checkpoints: { dir, everySteps, resume } };
  const given = [
    ...(everySteps === undefined ? [] : ['--checkpoint-every']),
    ...(resume === undefined ? [] : [resume ? '--resume' : '--no-resume']),
  ];
  if (given.length > 0) throw new UsageError(`${given.join(' and ')}: needs a --checkpoint-dir`);
  return {};
}

const startLine = (
  config: TrainingConfig,
  kind: string,
  { tensorflow, device, images }: TrainingFacts,
): string =>
  `${config.variant} ${config.depth}, ${config.precision}, on ${device} with TensorFlow ${tensorflow}; ${kind}: ` +
  `${images.train} training, ${images.validation} validation, ${images.test} test images`;

const stepLine = (config: TrainingConfig, { epoch, loss, accuracy, imagesPerSecond }: StepMetrics): string =>
  `${bar(epoch / config.epochs)} epoch ${epoch.toFixed(2)}/${config.epochs} · loss ${loss.toFixed(3)} · ` +
  `accuracy ${percent(accuracy, 1)} · ${imagesPerSecond.toFixed(0)} img/s`;

const epochLine = (config: TrainingConfig, metrics: EpochMetrics): string =>
  `epoch ${metrics.epoch}/${config.epochs}: train loss ${metrics.trainLoss.toFixed(3)}, ` +
  `train error ${percent(metrics.trainError, 1)}, val. error ${percent(metrics.validationError, 1)}, ` +
  `${metrics.imagesPerSecond.toFixed(0)} img/s, ${duration(metrics.seconds)}`;

const topFive = ({ testTop5Error }: FinalMetrics): string =>
  typeof testTop5Error === 'number' ? `, top-5 ${percent(1 - testTop5Error)}` : '';

function resultLine({ metrics, imagesPerSecond }: TrainingResult): string {
  const speed = imagesPerSecond === null ? '' : `, ${imagesPerSecond.toFixed(0)} img/s in training`;
  return (
    `test accuracy ${percent(1 - metrics.testError)} (error ${percent(metrics.testError)})${topFive(metrics)}, ` +
    `${millions(metrics.parameters)} parameters, ${duration(metrics.trainSeconds)}${speed}`
  );
}
