import type { TrainingConfig } from './training-config';

type Batch = Pick<TrainingConfig, 'batchSize' | 'accumulationSteps'>;

/** Out of memory halves the micro-batch no further than to this share of what the configuration asks for. */
const LEAST_SHARE = 1 / 8;
/** Batch normalisation has nothing to say about one image. */
const LEAST_IMAGES = 2;

/** Images that are in memory at once by the configuration alone. */
export const microBatchOf = ({ batchSize, accumulationSteps }: Batch): number =>
  batchSize / accumulationSteps;

/** The micro-batch after one that was too large; undefined where it cannot be halved (again). */
export function halfMicroBatch(config: Batch, microBatch = microBatchOf(config)): number | undefined {
  const half = microBatch / 2;
  const least = Math.max(LEAST_IMAGES, microBatchOf(config) * LEAST_SHARE);
  return Number.isInteger(half) && half >= least ? half : undefined;
}

/** The same training with so many images in memory at once: the optimiser still sees whole batches. */
export const withMicroBatch = <C extends Batch>(config: C, microBatch: number | undefined): C =>
  microBatch === undefined ? config : { ...config, accumulationSteps: config.batchSize / microBatch };
