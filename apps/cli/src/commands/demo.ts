import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import {
  sweepSpecSchema,
  violationsOf,
  type DatasetSpec,
  type EpochMetrics,
  type SweepDetail,
  type SweepSpecInput,
} from '@fathom/contracts';
import { Option, type Command } from 'commander';
import { chooseDataset } from '../choose-dataset';
import { ApiClient } from '../client/api-client';
import { checkEnvironment } from '../environment';
import { exitCodes, UsageError } from '../exit-codes';
import { describeCpu, hasFastBfloat16 } from '../hardware';
import { interruption } from '../interruption';
import { wholeNumber, wholeNumbers } from '../option-values';
import { duration } from '../render/format';
import { htmlReport } from '../render/html-report';
import { defaultStackDir, startLocalStack } from '../stack/local-stack';
import { watchSweep } from '../watch-sweep';
import { importanceOf } from './analyse';
import { printResults } from './sweep-commands';

interface DemoOptions {
  readonly data: string;
  readonly depths: readonly number[];
  readonly seeds: number;
  readonly epochs: number;
  readonly images: number;
  readonly workers: number;
  readonly dir: string;
}

const log = (line: string): void => void process.stdout.write(`${line}\n`);

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description(
      'train residual and plain ResNets of several depths side by side and show which depth is best',
    )
    .addOption(
      new Option(
        '--data <what>',
        'cifar10, shapes, a folder of class sub-folders of images, or auto: cifar10 if it can be had',
      ).default('auto'),
    )
    .option('--depths <list>', 'depths, comma-separated, each 6n+2', wholeNumbers, [8, 14, 20, 26])
    .option('--seeds <n>', 'trainings of each network, with different seeds', wholeNumber, 2)
    .option('--epochs <n>', 'passes over the images', wholeNumber, 6)
    .option('--images <n>', 'training images', wholeNumber, 1600)
    .option(
      '--workers <n>',
      'workers, each with its share of the cores',
      wholeNumber,
      Math.min(4, availableParallelism()),
    )
    .option('--dir <folder>', 'where it keeps its data, logs and the report', defaultStackDir('demo'))
    .addHelpText(
      'after',
      '\nIt runs on a Redis and a PostgreSQL of its own and leaves nothing running.\n\n' +
        'Examples:\n  fathom demo --depths 8,14 --seeds 1 --epochs 1 --images 600\n' +
        '  fathom demo --data /data/birds --depths 20,32,44 --epochs 10 --images 20000',
    )
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  checkEnvironment(process.env);
  const began = Date.now();
  const elapsed = () => duration((Date.now() - began) / 1000);
  using stop = interruption();
  try {
    const sweep = await runDemo(options, stop.signal);
    if (sweep.state !== 'completed') process.exitCode = exitCodes.failed.code;
    log(`\nDone after ${elapsed()}`);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.exitCode = exitCodes.interrupted.code;
    log(`\nStopped after ${elapsed()}`);
  }
}

/** @throws the signal's reason when it is aborted; by then everything that was started has been stopped */
async function runDemo(options: DemoOptions, signal: AbortSignal): Promise<SweepDetail> {
  const dir = resolve(options.dir);
  const dataset = await chooseDataset(options.data, {
    trainImages: options.images,
    testImages: Math.max(200, Math.round(options.images / 3)),
    signal,
    log,
  });
  const spec = demoSweep(options, dataset);
  log('Starting');
  const stack = await startLocalStack({
    dir,
    workers: options.workers,
    durable: false,
    // Its own Redis and PostgreSQL, whatever else is there.
    env: { ...process.env, REDIS_URL: undefined, DATABASE_URL: undefined },
    signal,
    log: (line) => log(`  ${line}`),
  });
  try {
    const sweep = await runSweep(new ApiClient(stack.url), spec, signal);
    const report = await writeReport(new ApiClient(stack.url), sweep, dir);
    log(`\nReport with charts: ${report}`);
    return sweep;
  } finally {
    await stack.stop();
  }
}

async function runSweep(client: ApiClient, spec: SweepSpecInput, signal: AbortSignal): Promise<SweepDetail> {
  const { id, plannedTrials } = await client.submit(JSON.stringify(spec), {
    contentType: 'application/json',
  });
  log(
    `\nTraining ${plannedTrials} networks; live at ${client.url}/v1/sweeps/${id}, API at ${client.url}/docs\n`,
  );
  const sweep = await watchSweep(client, id, process.stdout, signal);
  signal.throwIfAborted();
  await printResults(client, sweep);
  return sweep;
}

/** @returns the path of the page */
async function writeReport(client: ApiClient, sweep: SweepDetail, dir: string): Promise<string> {
  const [trials, { rows }, importance, parallel] = await Promise.all([
    client.allTrials(sweep.id),
    client.depthTable(sweep.id),
    importanceOf(client, sweep.id),
    client.parallelCoordinates(sweep.id),
  ]);
  const analysis = { importance, rows, parallel };
  const curves = new Map<string, readonly EpochMetrics[]>();
  for (const trial of trials) curves.set(trial.id, (await client.trial(trial.id)).epochs);
  const hardware = `${describeCpu()}, ${sweep.spec.recipe.precision ?? 'float32'}`;
  const report = join(dir, 'report.html');
  await writeFile(report, htmlReport({ sweep, rows, trials, curves, hardware, analysis }));
  return report;
}

function demoSweep(options: DemoOptions, dataset: DatasetSpec): SweepSpecInput {
  const spec: SweepSpecInput = {
    name: 'how deep',
    description: 'Residual against plain networks over depth.',
    dataset,
    objective: { metric: 'validationError' },
    space: {
      depth: [...options.depths],
      variant: ['residual', 'plain'],
      seed: Array.from({ length: options.seeds }, (_, seed) => seed),
    },
    search: { algorithm: 'grid' },
    recipe: {
      epochs: options.epochs,
      // Small batches: with few images the number of steps counts.
      batchSize: 32,
      learningRate: 0.05,
      weightDecay: 5e-4,
      precision: hasFastBfloat16() ? 'bfloat16' : 'float32',
    },
  };
  const parsed = sweepSpecSchema.safeParse(spec);
  if (parsed.success) return spec;
  const violations = violationsOf(parsed.error, spec).map(({ path, message }) => `${path}: ${message}`);
  throw new UsageError(violations.join('\n'));
}
