import type { TrainingConfig } from '@fathom/contracts';
import { ConfigurationError } from '../configuration-error';

/** Images of one split, all of one shape. */
export interface ImageSet {
  readonly count: number;
  /** [count, height, width, channels], row-major */
  readonly images: Uint8Array;
  /** [count], 0 to classes - 1 */
  readonly labels: Uint8Array | Int32Array;
}

export interface TrainingData {
  /** height, width, channels */
  readonly imageShape: readonly [number, number, number];
  readonly classes: readonly string[];
  readonly train: ImageSet;
  readonly validation: ImageSet;
  readonly test: ImageSet;
}

/** @throws ConfigurationError where the data cannot be trained on in batches of this size */
export function checkTrainingData(
  data: TrainingData,
  { batchSize, accumulationSteps }: Pick<TrainingConfig, 'batchSize' | 'accumulationSteps'>,
): void {
  const [height, width] = data.imageShape;
  if (height !== width)
    throw new ConfigurationError('imageShape', data.imageShape.join('x'), 'square images');
  if (batchSize > data.train.count)
    throw new ConfigurationError(
      'batchSize',
      batchSize,
      `at most the ${String(data.train.count)} training images`,
    );
  if (batchSize % accumulationSteps !== 0)
    throw new ConfigurationError(
      'accumulationSteps',
      accumulationSteps,
      `a divisor of the batch size ${String(batchSize)}`,
    );
  for (const split of ['validation', 'test'] as const)
    if (data[split].count < 1) throw new ConfigurationError(split, 'no images', 'at least one image');
}
