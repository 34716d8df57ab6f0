import { Batch } from './batch';
import { channelStatistics } from './channel-statistics';
import { checkTrainingData } from './training-data';
import { ConfigurationError } from '../configuration-error';
import { stripedImages } from '../testing/striped-images';

const set = {
  count: 3,
  images: Uint8Array.of(1, 2, 3, 11, 12, 13, 21, 22, 23),
  labels: Uint8Array.of(5, 6, 7),
};

describe('Batch', () => {
  it('packs the bytes of its images, in order, into whole numbers', () => {
    const batch = new Batch(2, 3);
    batch.fill(set, [2, 0]);
    expect(batch.images).toHaveLength(2);
    expect([...new Uint8Array(batch.images.buffer)].slice(0, 6)).toEqual([21, 22, 23, 1, 2, 3]);
    expect([...batch.labels]).toEqual([7, 5]);
  });

  it('marks the images that count', () => {
    const batch = new Batch(3, 3);
    batch.fill(set, [0, 1, 2]);
    expect([...batch.mask]).toEqual([1, 1, 1]);
    batch.fill(set, [1]);
    expect([...batch.mask]).toEqual([1, 0, 0]);
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
  it.each([
    [data, 321, /batchSize: given 321, allowed is at most the 320 training images/],
    [{ ...data, imageShape: [16, 8, 3] as const }, 8, /imageShape: given 16x8x3, allowed is square images/],
    [{ ...data, test: { ...data.test, count: 0 } }, 8, /test: given no images/],
  ])('refuses what cannot be trained on (%#)', (bad, batchSize, message) => {
    const check = () => {
      checkTrainingData(bad, batchSize);
    };
    expect(check).toThrow(ConfigurationError);
    expect(check).toThrow(message);
  });
});
