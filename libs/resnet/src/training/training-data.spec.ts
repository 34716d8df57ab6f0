import { ConfigurationError } from '../configuration-error';
import { checkTrainingData, type ImageSet, type TrainingData } from './training-data';

const setOf = (count: number): ImageSet => ({
  count,
  images: new Uint8Array(count * 4 * 4 * 3),
  labels: Int32Array.from({ length: count }, (_, i) => i % 2),
});
const data: TrainingData = {
  imageShape: [4, 4, 3],
  classes: ['crow', 'robin'],
  train: setOf(8),
  validation: setOf(2),
  test: setOf(2),
};
const batches = { batchSize: 4, accumulationSteps: 2 };

describe('checkTrainingData', () => {
  it('takes what fits', () => expect(() => checkTrainingData(data, batches)).not.toThrow());

  it.each<[string, Partial<TrainingData>, RegExp]>([
    ['oblong images', { imageShape: [4, 5, 3] }, /^imageShape: given 4x5x3, allowed is square/],
    ['images of no size', { imageShape: [0, 0, 3] }, /^imageShape: given 0x0x3/],
    [
      'bytes that are too few',
      { train: { ...setOf(8), images: new Uint8Array(383) } },
      /^train\.images: given Uint8Array of 383, allowed is Uint8Array of 384, the bytes of \[8, 4, 4, 3\]$/,
    ],
    [
      'pixels that are no bytes',
      { test: { ...setOf(2), images: new Float32Array(96) as never } },
      /^test\.images: given Float32Array of 96, allowed is Uint8Array of 96/,
    ],
    [
      'labels that are too many',
      { validation: { ...setOf(2), labels: new Int32Array(3) } },
      /^validation\.labels: given 3, allowed is 2, one for each image/,
    ],
    [
      'a label beyond the classes',
      { train: { ...setOf(8), labels: Uint8Array.of(0, 1, 0, 1, 0, 2, 0, 1) } },
      /^train\.labels\[5\]: given 2, allowed is 0 to 1/,
    ],
    [
      'a label below 0',
      { test: { ...setOf(2), labels: Int32Array.of(-1, 0) } },
      /^test\.labels\[0\]: given -1/,
    ],
    ['no images to test with', { test: setOf(0) }, /^test: given no images/],
    ['fewer images than a batch', { train: setOf(3) }, /^batchSize: given 4, allowed is at most the 3/],
  ])('refuses %s', (_what, part, message) => {
    const check = () => checkTrainingData({ ...data, ...part }, batches);
    expect(check).toThrow(ConfigurationError);
    expect(check).toThrow(message);
  });
});
