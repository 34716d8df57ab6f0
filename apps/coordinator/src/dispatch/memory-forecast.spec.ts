import { datasetFacts, microBatchOf, trainingConfigSchema, type TrainingConfig } from '@fathom/contracts';
import { buildTrainingGraph, resolveArchitecture, TENSORFLOW_BYTES } from '@fathom/resnet';
import { aSweepSpec } from '@fathom/testkit';
import { MemoryForecast } from './memory-forecast';

const { dataset } = aSweepSpec();
const { imageSize } = datasetFacts(dataset);

/** What its own graph says, for a CPU that compiles. */
function built(config: TrainingConfig): number {
  const architecture = resolveArchitecture(config, { imageSize, channels: 3, classes: 10 });
  const batchSize = microBatchOf(config);
  const pixels = { mean: [0, 0, 0], std: [1, 1, 1] };
  const micro = { ...config, batchSize, accumulationSteps: 1 };
  const target = { tiles: false, fuses: true };
  const graph = buildTrainingGraph(architecture, micro, pixels, undefined, { target });
  return TENSORFLOW_BYTES + graph.memory.total;
}

describe('MemoryForecast', () => {
  it.each([
    { depth: 20, batchSize: 128 },
    { depth: 20, batchSize: 96, accumulationSteps: 3 },
    { depth: 110, batchSize: 128, precision: 'bfloat16' },
    { depth: 326, batchSize: 32, variant: 'plain' },
    { depth: 434, batchSize: 100 },
    { depth: 245, batchSize: 16, block: 'bottleneck' },
    { depth: 22, batchSize: 32, stages: '2x16,3x32,5x64' },
    { depth: 50, batchSize: 16 },
  ] as const)('is within 2 % of what the graph of %p says', (overrides) => {
    const config = trainingConfigSchema.parse(overrides);
    const predicted = new MemoryForecast().bytes(config, dataset);
    expect(Math.abs(predicted / built(config) - 1)).toBeLessThan(0.02);
  });

  it('takes a smaller micro-batch than the configuration says', () => {
    const forecast = new MemoryForecast();
    const config = trainingConfigSchema.parse({ depth: 56, batchSize: 128 });
    const half = forecast.bytes(config, dataset, 64);
    expect(half).toBeLessThan(forecast.bytes(config, dataset));
    expect(half).toBe(forecast.bytes({ ...config, accumulationSteps: 2 }, dataset));
  });
});
