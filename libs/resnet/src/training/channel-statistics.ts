import type { ImageSet } from './training-data';

/** Mean and standard deviation of each channel, of pixel values between 0 and 1. */
export interface ChannelStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Enough for three digits, and no wait where there are millions of images. */
const MAX_IMAGES = 10_000;

/** A channel that is the same everywhere is shifted, not blown up. */
const MIN_STD = 1 / 255;

/** Statistics over the pixels of the set, or of 10,000 images spread evenly over it. */
export function channelStatistics({ count, images }: ImageSet, channels: number): ChannelStatistics {
  const imageBytes = images.length / count;
  const step = Math.max(1, Math.floor(count / MAX_IMAGES));
  // Counting values first makes the sums exact: they are of whole numbers.
  const histogram = new Float64Array(channels * 256);
  for (let image = 0; image < count; image += step) {
    const end = (image + 1) * imageBytes;
    for (let at = image * imageBytes; at < end; at += channels)
      for (let channel = 0; channel < channels; channel++) {
        const bin = channel * 256 + (images[at + channel] ?? 0);
        histogram[bin] = (histogram[bin] ?? 0) + 1;
      }
  }
  const moments = Array.from({ length: channels }, (_, channel) =>
    momentsOf(histogram.subarray(channel * 256, (channel + 1) * 256)),
  );
  return { mean: moments.map(({ mean }) => mean), std: moments.map(({ std }) => std) };
}

function momentsOf(counts: Float64Array): { mean: number; std: number } {
  let [n, sum, squares] = [0, 0, 0];
  counts.forEach((count, value) => {
    n += count;
    sum += count * value;
    squares += count * value * value;
  });
  const mean = sum / n;
  const variance = Math.max(0, squares / n - mean * mean);
  return { mean: mean / 255, std: Math.max(MIN_STD, Math.sqrt(variance) / 255) };
}
