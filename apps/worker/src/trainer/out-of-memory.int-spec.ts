import { execFile, execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { datasetSchema, type TrainJob } from '@fathom/contracts';
import { memoryKills } from '@fathom/runtime';
import { aTrainingConfig, aTrainJob, useTempDir } from '@fathom/testkit';
import { TrainerProcess, type TrainerResult } from '../supervisor/trainer-process';
import { useWorkers } from '../testing/use-workers';

const BUILT = resolve(__dirname, '../../dist/supervisor/trainer-process.js');
jest.setTimeout(120_000);

const LIMIT = 1_230e6;
/** With what a worker sets for the allocator of its training processes, which then reserve more. */
const WORKER_LIMIT = 1_800e6;
const dataset = datasetSchema.parse({ kind: 'shapes', trainImages: 3_500, testImages: 20 });
const aTrialOf = (batchSize: number, width: number) =>
  aTrainJob({ config: aTrainingConfig({ depth: 8, width, batchSize, epochs: 1 }), dataset });

const startOf = (job: TrainJob, dir: string) => ({
  type: 'start' as const,
  job,
  cacheDir: join(dir, 'cache'),
  checkpointDir: join(dir, 'checkpoints'),
  modelDir: join(dir, 'model'),
  checkpointEverySteps: 0,
});

/** Trains in a process that may have no more than so many bytes of data. */
async function trainWithin(bytes: number, start: ReturnType<typeof startOf>): Promise<TrainerResult> {
  const script =
    `const { TrainerProcess } = require(${JSON.stringify(BUILT)});` +
    `const start = ${JSON.stringify(start)};` +
    'new TrainerProcess({ start, env: {}, onMessage: () => {} }).result' +
    '.then((result) => process.stdout.write(JSON.stringify(result)));';
  const limited = `ulimit -d ${String(Math.floor(bytes / 1024))} && exec "$0" -e "$1"`;
  const { stdout } = await promisify(execFile)('bash', ['-c', limited, process.execPath, script]);
  return JSON.parse(stdout) as TrainerResult;
}

describe('a training process without enough memory', () => {
  const dir = useTempDir();

  it('fails as out of memory, with what was predicted and what there was', async () => {
    const result = await trainWithin(LIMIT, startOf(aTrialOf(2048, 1), dir.path));
    if (result.type !== 'failed') throw new Error(`it ended with ${result.type}`);
    const { class: failureClass, memory, message } = result.failure;
    expect(failureClass).toBe('out-of-memory');
    expect(memory?.availableBytes).toBeGreaterThan(0);
    expect(memory?.availableBytes).toBeLessThan(LIMIT);
    expect(memory?.predictedBytes).toBeGreaterThan(LIMIT);
    expect(message).toMatch(/\d+ MB were predicted, \d+ MB were available/);
  });

  it('that somebody kills, and not the kernel, did not run out of it', async () => {
    const trainer: TrainerProcess = new TrainerProcess({
      start: startOf(aTrainJob(), dir.path),
      env: {},
      onMessage: ({ type }) => {
        if (type === 'memory') trainer.kill();
      },
    });
    const result = await trainer.result;
    if (result.type !== 'failed') throw new Error(`it ended with ${result.type}`);
    // Where the kernel does not count its victims, nobody can tell.
    const isCounted = memoryKills() !== undefined;
    expect(result.failure.class).toBe(isCounted ? 'lost-worker' : 'out-of-memory');
  });
});

describe('a trial whose batch does not fit', () => {
  const workers = useWorkers();

  it('is trained with smaller parts of the batch, and each attempt says with which', async () => {
    const worker = await workers.start();
    // Only what it starts from now on, its training processes, comes near this limit.
    execFileSync('prlimit', ['--pid', String(worker.process.pid), `--data=${String(WORKER_LIMIT)}`]);
    const job = aTrialOf(3072, 0.25);
    await workers.enqueue(job);
    const { metrics } = await workers.until(job, 'attemptCompleted');
    expect(metrics).toMatchObject({ epoch: 1, step: 1 });
    const reports = workers.reportsOf(job);
    const failures = reports.filter((report) => report.type === 'attemptFailed');
    const sizes = reports.flatMap((report) => (report.type === 'attemptStarted' ? [report.microBatch] : []));
    expect(sizes).toEqual([3072, 1536, 768, 384].slice(0, sizes.length));
    expect(failures).toHaveLength(sizes.length - 1);
    expect(failures.length).toBeGreaterThan(0);
    for (const { failure, willRetry } of failures)
      expect([failure.class, willRetry]).toEqual(['out-of-memory', true]);
    expect(failures[0]?.failure.message).toMatch(
      /; the next attempt has 1536 images of a batch in memory at once instead of 3072$/,
    );
  });
});
