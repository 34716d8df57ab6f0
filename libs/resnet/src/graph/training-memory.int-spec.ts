import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { allocatorEnvironment } from '@fathom/engine';

const CHILD = resolve(__dirname, '../../../../tools/bench/contenders/memory-of-steps.mjs');

/** Takes steps in a process of its own, with the threads and the allocator that the model's numbers are of. */
async function ratio(job: object): Promise<number> {
  const threads = { TF_NUM_INTRAOP_THREADS: '2', TF_NUM_INTEROP_THREADS: '2', OMP_NUM_THREADS: '2' };
  const env = { ...process.env, ...allocatorEnvironment({}), ...threads };
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, JSON.stringify(job)], { env });
  const { predicted, measured } = JSON.parse(stdout) as { predicted: { total: number }; measured: number };
  return predicted.total / measured;
}

describe('the predicted memory of a training step', () => {
  it.each([
    { depth: 20, imageSize: 32, batchSize: 64, precision: 'float32', classes: 10 },
    { depth: 56, imageSize: 32, batchSize: 64, precision: 'bfloat16', classes: 10 },
    { depth: 18, imageSize: 96, batchSize: 16, precision: 'float32', classes: 1000 },
  ])('is within 15 % of the measured peak: %j', async (job) => {
    const measured = await ratio(job);
    expect(measured).toBeGreaterThan(0.85);
    expect(measured).toBeLessThan(1.15);
  });
});
