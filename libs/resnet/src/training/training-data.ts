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

/** @throws ConfigurationError where the data is not what it says, or cannot be trained on in batches of this size */
export function checkTrainingData(
  data: TrainingData,
  { batchSize, accumulationSteps }: Pick<TrainingConfig, 'batchSize' | 'accumulationSteps'>,
): void {
  const [height, width] = data.imageShape;
  if (height !== width || !data.imageShape.every((size) => Number.isInteger(size) && size >= 1))
    throw new ConfigurationError('imageShape', data.imageShape.join('x'), 'square images');
  for (const split of ['validation', 'test'] as const)
    if (data[split].count < 1) throw new ConfigurationError(split, 'no images', 'at least one image');
  for (const split of ['train', 'validation', 'test'] as const) checkImages(split, data);
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
}

/** Whatever the graph would only find out while it runs, or not at all: a label too many is a wrong loss. */
function checkImages(split: 'train' | 'validation' | 'test', data: TrainingData): void {
  const { count, images, labels } = data[split];
  const [height, width, channels] = data.imageShape;
  const bytes = count * height * width * channels;
  const shape = `[${[count, height, width, channels].join(', ')}]`;
  if (images.BYTES_PER_ELEMENT !== 1 || images.length !== bytes)
    throw new ConfigurationError(
      `${split}.images`,
      `${images.constructor.name} of ${String(images.length)}`,
      `Uint8Array of ${String(bytes)}, the bytes of ${shape}`,
    );
  if (labels.length !== count)
    throw new ConfigurationError(`${split}.labels`, labels.length, `${String(count)}, one for each image`);
  const wrong = labels.findIndex((label) => !(label >= 0 && label < data.classes.length));
  if (wrong >= 0)
    throw new ConfigurationError(
      `${split}.labels[${String(wrong)}]`,
      labels[wrong],
      `0 to ${String(data.classes.length - 1)}, a class each`,
    );
}
