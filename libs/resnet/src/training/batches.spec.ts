import type { FeedValue } from '@fathom/graph';
import { batchesOf, residentChunks } from './batches';
import { channelStatistics } from './channel-statistics';
import { checkTrainingData, type ImageSet, type TrainingData } from './training-data';
import { ConfigurationError } from '../configuration-error';
import { stripedImages } from '../testing/striped-images';

/** Images of three bytes: 10 i, 10 i + 1, 10 i + 2 for image i of all splits. */
function threeSplits(...counts: [number, number, number]): TrainingData {
  let next = 0;
  const [train, validation, test] = counts.map((count) => {
    const ids = Array.from({ length: count }, () => next++);
    return {
      count,
      images: Uint8Array.from(ids.flatMap((i) => [10 * i, 10 * i + 1, 10 * i + 2])),
      labels: Uint8Array.from(ids, (i) => i % 7),
    };
  }) as [ImageSet, ImageSet, ImageSet];
  return { imageShape: [1, 1, 3], classes: ['a', 'b', 'c', 'd', 'e', 'f', 'g'], train, validation, test };
}

const bytesOf = (feed: FeedValue | undefined) => [
  ...new Uint8Array(feed!.data.buffer, 0, feed!.data.byteLength),
];

describe('batches that are fed', () => {
  const data = threeSplits(3, 2, 1);
  const batches = batchesOf(data, { rowSize: 2, rows: 3, rowsPerStep: 1, images: { kind: 'fed' } });

  it('are rows of packed bytes and labels', () => {
    batches.put(0, 'train', [2, 0]);
    batches.put(2, 'test', [0]);
    batches.put(3, 'validation', [1]);
    const { images, labels } = batches.feeds(2);
    // Two images are 6 bytes: each row takes two numbers.
    expect(images!.shape).toEqual([2, 2]);
    expect(bytesOf(images)).toEqual([20, 21, 22, 0, 1, 2, 0, 0, 50, 51, 52, 40, 41, 42, 0, 0]);
    expect(labels).toEqual({ dtype: 'int32', shape: [2, 2], data: Int32Array.of(2, 0, 5, 4) });
  });

  it('are no more than fit into 32 MiB, but at least the rows of one step', () => {
    const large = { ...data, imageShape: [1024, 1024, 3] as const };
    const rowsOf = (rowSize: number, rowsPerStep = 1) =>
      batchesOf(large, { rowSize, rows: 9, rowsPerStep, images: { kind: 'fed' } }).rows;
    expect([1, 3, 20].map((rowSize) => rowsOf(rowSize))).toEqual([9, 3, 1]);
    expect([3, 20].map((rowSize) => rowsOf(rowSize, 4))).toEqual([4, 4]);
  });
});

describe('batches of resident images', () => {
  it('are indices into all splits', () => {
    const data = threeSplits(3, 2, 1);
    const batches = batchesOf(data, {
      rowSize: 2,
      rows: 3,
      rowsPerStep: 1,
      images: { kind: 'resident', count: 6 },
    });
    batches.put(0, 'train', [2, 0]);
    batches.put(2, 'validation', [1]);
    batches.put(3, 'test', [0]);
    expect(batches.feeds(2)).toEqual({
      indices: { dtype: 'int32', shape: [2, 2], data: Int32Array.of(2, 0, 4, 5) },
    });
  });

  it.each([1, 2, 4, 5, 10])('are filled in chunks, here of %i, across the splits', (chunkRows) => {
    const data = threeSplits(6, 1, 3);
    const images = new Array<number>(30).fill(-1);
    const labels = new Array<number>(10).fill(-1);
    for (const feeds of residentChunks(data, chunkRows)) {
      const begin = feeds['chunk/begin']!.data[0]!;
      images.splice(begin * 3, chunkRows * 3, ...bytesOf(feeds['chunk/images']).slice(0, chunkRows * 3));
      labels.splice(begin, chunkRows, ...feeds['chunk/labels']!.data);
    }
    expect(images).toEqual(Array.from({ length: 30 }, (_, i) => 10 * Math.floor(i / 3) + (i % 3)));
    expect(labels).toEqual(Array.from({ length: 10 }, (_, i) => i % 7));
  });
});

describe('channelStatistics', () => {
  it('are mean and standard deviation per channel, of values between 0 and 1', () => {
    const images = Uint8Array.of(0, 10, 255, 10, 0, 10, 255, 10);
    const { mean, std } = channelStatistics({ count: 2, images, labels: new Uint8Array(2) }, 2);
    expect(mean).toEqual([0.5, 10 / 255]);
    expect(std[0]).toBeCloseTo(0.5, 12);
  });

  it('do not blow up a channel that is the same everywhere', () => {
    const { std } = channelStatistics(
      { count: 1, images: new Uint8Array(9).fill(7), labels: new Uint8Array(1) },
      1,
    );
    expect(std).toEqual([1 / 255]);
  });
});

describe('checkTrainingData', () => {
  const data = stripedImages();
  it.each<[TrainingData, number, RegExp, number?]>([
    [data, 321, /batchSize: given 321, allowed is at most the 320 training images/],
    [{ ...data, imageShape: [16, 8, 3] as const }, 8, /imageShape: given 16x8x3, allowed is square images/],
    [data, 32, /accumulationSteps: given 5, allowed is a divisor of the batch size 32/, 5],
    [{ ...data, test: { ...data.test, count: 0 } }, 8, /test: given no images/],
  ])('refuses what cannot be trained on (%#)', (bad, batchSize, message, accumulationSteps = 1) => {
    const check = () => {
      checkTrainingData(bad, { batchSize, accumulationSteps });
    };
    expect(check).toThrow(ConfigurationError);
    expect(check).toThrow(message);
  });
});
