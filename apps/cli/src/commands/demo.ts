import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { sweepSpecSchema, type DatasetSpec, type EpochMetrics, type SweepSpecInput } from '@fathom/contracts';
import { Option, type Command } from 'commander';
import { ApiClient } from '../client/api-client';
import { describeCpu, hasFastBfloat16 } from '../hardware';
import { exitCodes, UsageError } from '../exit-codes';
import { htmlReport } from '../render/html-report';
import { duration } from '../render/format';
import { startLocalStack } from '../stack/local-stack';
import { chooseDataset } from '../choose-dataset';
import { watchSweep } from '../watch-sweep';
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

const log = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description(
      'train residual and plain ResNets of several depths side by side and show which depth is best',
    )
    .addOption(
      new Option(
        '--data <what>',
        'cifar10, shapes, a folder of images, or auto: cifar10 if it can be had',
      ).default('auto'),
    )
    .addOption(
      new Option('--depths <list>', 'depths, comma-separated, each 6n+2')
        .default([8, 14, 20, 32])
        .argParser(parseList),
    )
    .option('--seeds <n>', 'trainings of each network, with different seeds', Number, 2)
    .option('--epochs <n>', 'passes over the images', Number, 4)
    .option('--images <n>', 'training images', Number, 3000)
    .option(
      '--workers <n>',
      'workers, each with its share of the cores',
      Number,
      Math.min(4, availableParallelism()),
    )
    .option('--dir <folder>', 'where it keeps its data, logs and the report', '.fathom/demo')
    .addHelpText(
      'after',
      '\nExample, a look at everything in half a minute:\n  fathom demo --depths 8,14 --seeds 1 --epochs 1 --images 600',
    )
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  const began = Date.now();
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const dir = resolve(options.dir);
    const dataset = await chooseDataset(options.data, {
      trainImages: options.images,
      signal: interrupted.signal,
      log,
    });
    const spec = demoSweep(options, dataset);
    // Each demo starts from nothing; only the report of the last one is kept.
    for (const part of ['redis', 'postgres', 'checkpoints', 'logs'])
      await rm(join(dir, part), { recursive: true, force: true });
    await mkdir(dir, { recursive: true });
    log('Starting');
    const { REDIS_URL: _redis, DATABASE_URL: _database, ...env } = process.env;
    const stack = await startLocalStack({
      dir,
      workers: options.workers,
      durable: false,
      env,
      log: (line) => log(`  ${line}`),
    });
    try {
      if (!interrupted.signal.aborted)
        await runSweep(new ApiClient(stack.url), spec, dir, interrupted.signal);
    } finally {
      await stack.stop();
    }
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
  if (interrupted.signal.aborted) process.exitCode = exitCodes.interrupted.code;
  log(`\n${interrupted.signal.aborted ? 'Stopped' : 'Done'} after ${duration((Date.now() - began) / 1000)}`);
}

async function runSweep(
  client: ApiClient,
  spec: SweepSpecInput,
  dir: string,
  signal: AbortSignal,
): Promise<void> {
  const { id, plannedTrials } = await client.submit(JSON.stringify(spec), {
    contentType: 'application/json',
  });
  log(
    `\nTraining ${plannedTrials} networks; live at ${client.url}/v1/sweeps/${id}, API at ${client.url}/docs\n`,
  );
  const sweep = await watchSweep(client, id, process.stdout, signal);
  if (signal.aborted) return;
  await printResults(client, sweep);

  const [trials, { rows }] = await Promise.all([client.allTrials(id), client.depthTable(id)]);
  const curves = new Map<string, readonly EpochMetrics[]>();
  for (const trial of trials) curves.set(trial.id, (await client.trial(trial.id)).epochs);
  const hardware = `${describeCpu()}, ${spec.recipe?.precision ?? 'float32'}`;
  const report = join(dir, 'report.html');
  await writeFile(report, htmlReport({ sweep, rows, trials, curves, hardware }));
  log(`\nReport with charts: ${report}`);
  if (sweep.state !== 'completed') process.exitCode = exitCodes.failed.code;
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
      batchSize: 64,
      learningRate: 0.2,
      weightDecay: 5e-4,
      precision: hasFastBfloat16() ? 'bfloat16' : 'float32',
    },
  };
  const parsed = sweepSpecSchema.safeParse(spec);
  if (!parsed.success)
    throw new UsageError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'),
    );
  return spec;
}

function parseList(text: string): number[] {
  const depths = text.split(',').map(Number);
  if (depths.some((depth) => !Number.isInteger(depth)))
    throw new UsageError(
      `--depths takes whole numbers with commas between them, such as 8,14,20; given ${text}`,
    );
  return depths;
}
