import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { datasetSchema, type TrainJob } from '@fathom/contracts';
import { aTrainingConfig, aTrainJob, useTempDir } from '@fathom/testkit';
import { TrainerProcess, type TrainerResult } from '../supervisor/trainer-process';

const BUILT = resolve(__dirname, '../../dist/supervisor/trainer-process.js');
jest.setTimeout(120_000);

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
    const limit = 1_230e6;
    const config = aTrainingConfig({ depth: 8, batchSize: 2048, epochs: 1 });
    const dataset = datasetSchema.parse({ kind: 'shapes', trainImages: 2_400, testImages: 20 });
    const result = await trainWithin(limit, startOf(aTrainJob({ config, dataset }), dir.path));
    if (result.type !== 'failed') throw new Error(`it ended with ${result.type}`);
    const { class: failureClass, memory, message } = result.failure;
    expect(failureClass).toBe('out-of-memory');
    expect(memory?.availableBytes).toBeGreaterThan(0);
    expect(memory?.availableBytes).toBeLessThan(limit);
    expect(memory?.predictedBytes).toBeGreaterThan(limit);
    expect(message).toMatch(/\d+ MB were predicted, \d+ MB were available/);
  });

  it('that is killed as the kernel kills has the same facts', async () => {
    const trainer: TrainerProcess = new TrainerProcess({
      start: startOf(aTrainJob(), dir.path),
      env: {},
      onMessage: ({ type }) => {
        if (type === 'memory') trainer.kill();
      },
    });
    const result = await trainer.result;
    if (result.type !== 'failed') throw new Error(`it ended with ${result.type}`);
    expect(result.failure.class).toBe('out-of-memory');
    expect(result.failure.memory?.predictedBytes).toBeGreaterThan(0);
    expect(result.failure.memory?.availableBytes).toBeGreaterThan(0);
  });
});
