import { validationCount, type DatasetSpec } from '@fathom/contracts';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { DataError } from './data-error';
import { imageBytes, type Dataset, type DecodedDataset, type ImageSet } from './dataset';

type SplitSpec = Pick<DatasetSpec, 'validationFraction' | 'splitSeed' | 'trainImages' | 'testImages'>;

/**
 * Takes the asked-for number of images and holds some of the training images out for validation. Which ones is
 * decided by `splitSeed` alone, so every trial of a sweep sees the same split.
 */
export function splitDataset(decoded: DecodedDataset, spec: SplitSpec): Dataset {
  const { imageSize, classes } = decoded;
  const order = shuffled(decoded.train.count, spec.splitSeed);
  const used = order.subarray(0, Math.min(spec.trainImages ?? order.length, order.length));
  const held = validationCount(used.length, spec.validationFraction);
  if (used.length - held < 1)
    throw new DataError(`${used.length} training images are too few to hold ${held} out for validation`);
  const testOrder = shuffled(decoded.test.count, spec.splitSeed);
  const testUsed = testOrder.subarray(0, Math.min(spec.testImages ?? testOrder.length, testOrder.length));
  return {
    imageShape: [imageSize, imageSize, 3],
    classes,
    train: pickImages(decoded.train, used.subarray(held), imageSize),
    validation: pickImages(decoded.train, used.subarray(0, held), imageSize),
    test: pickImages(decoded.test, testUsed, imageSize),
  };
}

/** A permutation of 0 to count - 1 (Fisher and Yates). */
export function shuffled(count: number, seed: number): Uint32Array {
  const rng = xoroshiro128plus(seed);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = uniformInt(rng, 0, i);
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

/** The images at these indices, in this order, copied. */
export function pickImages(set: ImageSet, indices: Uint32Array, imageSize: number): ImageSet {
  const size = imageBytes(imageSize);
  const images = new Uint8Array(indices.length * size);
  indices.forEach((index, i) => images.set(set.images.subarray(index * size, (index + 1) * size), i * size));
  return {
    count: indices.length,
    images,
    labels: Int32Array.from(indices, (index) => set.labels[index] ?? 0),
  };
}
