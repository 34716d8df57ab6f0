import type { ChannelStatistics } from './channel-statistics';
import type { CheckpointState, CheckpointTensor } from './checkpoint';
import type { ImageSet, TrainingData } from './training-data';

/** Of each split; enough to notice other images, and read in milliseconds where there are gigabytes of them. */
const MAX_PIXEL_BYTES = 2 ** 22;
const MAX_IMAGES = 1024;

/** What a data set is, short enough for every checkpoint: another one trains to other weights. */
export function dataFingerprint(data: TrainingData): CheckpointState['data'] {
  const { imageShape, classes, train, validation, test } = data;
  let hash = OFFSET_BASIS;
  for (const set of [train, validation, test]) {
    hash = fnv1a(set.labels, hash);
    for (const image of sampledImages(set)) hash = fnv1a(image, hash);
  }
  return {
    imageShape: [...imageShape],
    classes: [...classes],
    train: train.count,
    validation: validation.count,
    test: test.count,
    contents: hexadecimal(hash),
  };
}

/** Of the order in which images are taken: a checkpoint tells whether it would go on in the same one. */
export const orderFingerprint = (order: Uint32Array): string => hexadecimal(fnv1a(order, OFFSET_BASIS));

export interface FingerprintedModel {
  readonly pixels: ChannelStatistics;
  readonly tensors: Readonly<Record<string, CheckpointTensor>>;
}

/** What a model is, by all of its numbers: a student of another one learns something else. */
export function modelFingerprint({ pixels, tensors }: FingerprintedModel): string {
  const numbers = [
    Float32Array.from([...pixels.mean, ...pixels.std]),
    ...Object.values(tensors).map(({ data }) => data),
  ];
  return hexadecimal(numbers.reduce((hash, data) => fnv1a(bitsOf(data), hash), OFFSET_BASIS));
}

const bitsOf = ({ buffer, byteOffset, length }: Float32Array): Uint32Array =>
  new Uint32Array(buffer, byteOffset, length);

function* sampledImages({ count, images }: ImageSet): Generator<Uint8Array> {
  const size = images.length / Math.max(1, count);
  const samples = Math.min(count, MAX_IMAGES, Math.max(1, Math.floor(MAX_PIXEL_BYTES / size)));
  for (let sample = 0; sample < samples; sample++) {
    const at = Math.floor((sample * count) / samples) * size;
    yield images.subarray(at, at + size);
  }
}

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a (Fowler, Noll, Vo; RFC 9923) over whole elements instead of bytes. Finds mistakes, not forgeries. */
function fnv1a(values: Uint8Array | Int32Array | Uint32Array, seed: number): number {
  let hash = seed;
  for (const value of values) hash = Math.imul(hash ^ value, PRIME);
  return hash;
}

const hexadecimal = (hash: number): string => (hash >>> 0).toString(16).padStart(8, '0');
