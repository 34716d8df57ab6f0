import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { allocatorEnvironment, precisionWarning } from '@fathom/engine';

const CHILD = resolve(__dirname, '../../../../tools/bench/contenders/memory-of-steps.mjs');

/** Takes steps in a process of its own, with the threads and the allocator that the model's numbers are of. */
async function ratio(job: object): Promise<number> {
  const threads = { TF_NUM_INTRAOP_THREADS: '2', TF_NUM_INTEROP_THREADS: '2', OMP_NUM_THREADS: '2' };
  const env = { ...process.env, ...allocatorEnvironment({}), ...threads };
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, JSON.stringify(job)], { env });
  const { predicted, measured } = JSON.parse(stdout) as { predicted: { total: number }; measured: number };
  return predicted.total / measured;
}

const job = (depth: number, imageSize: number, batchSize: number, precision: string) => ({
  ...{ depth, imageSize, batchSize, precision, classes: imageSize > 64 ? 1000 : 10 },
});

describe('the predicted memory of a training step', () => {
  const isWithin15Percent = async (of: object) => {
    const measured = await ratio(of);
    expect(measured).toBeGreaterThan(0.85);
    expect(measured).toBeLessThan(1.15);
  };
  it.each([job(20, 32, 64, 'float32'), job(18, 96, 16, 'float32')])(
    'is within 15 % of the measured peak: %j',
    isWithin15Percent,
  );

  // Kernels of processors without instructions for it convert all that they compute with.
  const isSlow = precisionWarning('bfloat16', 'cpu') !== undefined;
  const title = `in bfloat16${isSlow ? ' (skipped: this processor has no instructions for it)' : ''}`;
  (isSlow ? describe.skip : describe)(title, () => {
    it('is within 15 % of the measured peak', () => isWithin15Percent(job(56, 32, 64, 'bfloat16')));
  });
});
