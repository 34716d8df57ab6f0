import { datasetSchema, trainingConfigSchema, type FinalMetrics } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import { train } from '@fathom/resnet';
import { useTempDir } from '@fathom/testkit';
import type { Dataset } from '../dataset';
import { openDataset } from '../open-dataset';
import { linearModelAccuracy } from '../testing/linear-model';

async function trainResNet8(data: Dataset): Promise<FinalMetrics | undefined> {
  const config = trainingConfigSchema.parse({ depth: 8, epochs: 5, batchSize: 32 });
  const events = train({
    config,
    data,
    openSession: (savedModel) => openEngine().load(savedModel),
    signal: new AbortController().signal,
    now: () => performance.now(),
  });
  for await (const event of events) if (event.type === 'completed') return event.metrics;
  return undefined;
}

describe('shapes', () => {
  const cache = useTempDir();

  it('are learnt by the smallest residual network and not by a linear model of the same images', async () => {
    const spec = datasetSchema.parse({ kind: 'shapes', trainImages: 3_000, testImages: 600 });
    const data = await openDataset(spec, { cacheDir: cache.path });
    const metrics = await trainResNet8(data);
    expect(metrics?.testError).toBeLessThan(0.5);
    expect(linearModelAccuracy(data.train, data.test)).toBeLessThan(0.3);
  }, 300_000);
});
