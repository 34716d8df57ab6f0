import { trainingConfigSchema, type TrainingConfig } from '@fathom/contracts';
import { resolveArchitecture } from '../architecture/architecture';
import { countParameters } from '../architecture/counting';
import type { ImageSourceSpec } from './image-source';
import { buildTrainingGraph } from './training-graph';

const facts = { imageSize: 32, channels: 3, classes: 10 };
const architectureOf = (config: TrainingConfig) => resolveArchitecture(config, facts);
const memory = (given: Partial<TrainingConfig>, images: ImageSourceSpec = { kind: 'fed' }) => {
  const config = trainingConfigSchema.parse({ depth: 8, batchSize: 32, ...given });
  return buildTrainingGraph(architectureOf(config), config, { mean: [0, 0, 0], std: [1, 1, 1] }, images)
    .memory;
};
const parameters = countParameters(architectureOf(trainingConfigSchema.parse({ depth: 8 })));

describe('trainingMemory', () => {
  it('is the sum of its parts', () => {
    const { total, ...parts } = memory({});
    expect(Object.values(parts).reduce((a, b) => a + b)).toBe(total);
    expect(parts.images).toBe(0);
  });

  it('grows with the batch by what its images keep', () => {
    const [small, large] = [memory({ batchSize: 32 }), memory({ batchSize: 64 })];
    // conv, norm and ReLU outputs of 7 layers at 32, 16 and 8 px, the larger part of which is kept.
    const floats = 3 * 16 * 1024 + 2 * 32 * 256 + 2 * 64 * 64;
    const each = (large.activations - small.activations) / 32 / 4 / floats;
    expect(each).toBeGreaterThan(2);
    expect(each).toBeLessThan(4);
    expect(large.variables).toBe(small.variables);
  });

  it('knows what the optimiser and moving averages keep', () => {
    const statistics = 0.02 * parameters;
    const sets = (given: Partial<TrainingConfig>) => memory(given).variables / 4 / parameters;
    expect(sets({})).toBeGreaterThanOrEqual(2);
    expect(sets({})).toBeLessThan(2 + (3 * statistics) / parameters);
    expect(Math.floor(sets({ optimizer: 'adamw' }))).toBe(3);
    expect(Math.floor(sets({ emaDecay: 0.999 }))).toBe(3);
  });

  it('knows images that stay on the device, and parts of a batch', () => {
    const { images } = memory({}, { kind: 'resident', count: 1000 });
    expect(images).toBe(1000 * (32 * 32 * 3 + 8));
    expect(memory({ batchSize: 64, accumulationSteps: 4 }).activations).toBeLessThan(
      memory({ batchSize: 64 }).activations / 3,
    );
  });

  it('halves activations in bfloat16', () => {
    const ratio = memory({ precision: 'bfloat16' }).activations / memory({}).activations;
    expect(ratio).toBeGreaterThan(0.45);
    expect(ratio).toBeLessThan(0.6);
  });
});
