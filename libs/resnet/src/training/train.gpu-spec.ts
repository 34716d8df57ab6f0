import { trainingConfigSchema, type EpochMetrics, type TrainingConfig } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import { stripedImages } from '../testing/striped-images';
import { train } from './train';

const engine = openEngine();
const isGpu = engine.device.startsWith('gpu');
const data = stripedImages();

/** What a training of 40 steps with this precision said of its epochs, and the error on the test images. */
async function run(precision: TrainingConfig['precision']) {
  const config = trainingConfigSchema.parse({
    ...{ depth: 8, batchSize: 32, epochs: 4, learningRate: 0.05, seed: 3, precision },
  });
  const epochs: EpochMetrics[] = [];
  let testError = Number.NaN;
  for await (const event of train({
    config,
    data,
    openSession: (savedModel) => engine.load(savedModel),
    signal: new AbortController().signal,
    now: () => performance.now(),
  })) {
    if (event.type === 'epoch') epochs.push(event.metrics);
    if (event.type === 'completed') testError = event.metrics.testError;
  }
  return { epochs, testError };
}

const onGpu = isGpu ? describe : describe.skip;

onGpu(isGpu ? `train on ${engine.device}` : 'train on a GPU (skipped: TensorFlow sees none)', () => {
  it.each(['float32', 'bfloat16', 'float16'] as const)('learns in %s', async (precision) => {
    const { epochs, testError } = await run(precision);
    expect(epochs).toHaveLength(4);
    expect(epochs.at(-1)!.trainLoss).toBeLessThan(epochs[0]!.trainLoss / 2);
    expect(testError).toBeLessThan(0.1);
    expect(engine.tensorCount()).toBe(0);
  });

  it.each(['bfloat16', 'float16'] as const)(
    'begins in %s as in float32, which is TF32 there',
    async (precision) => {
      const [reduced, single] = [await run(precision), await run('float32')];
      const [loss, expected] = [reduced.epochs[0]!.trainLoss, single.epochs[0]!.trainLoss];
      expect(Math.abs(loss / expected - 1)).toBeLessThan(0.1);
    },
  );
});
