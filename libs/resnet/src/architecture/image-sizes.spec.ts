import { trainingConfigSchema } from '@fathom/contracts';
import { resolveArchitecture } from './architecture';
import { countMacs, countParameters } from './counting';
import { architectureAt, epochsBySize, imageSizeAt, type ResizingConfig } from './image-sizes';

const config: ResizingConfig = { epochs: 10, initialScale: 0.5, fullSizeFraction: 0.4 };
const sizes = (more: Partial<ResizingConfig>, imageSize: number) => {
  const all = { ...config, ...more };
  return Array.from({ length: all.epochs }, (_, epoch) => imageSizeAt(all, imageSize, epoch));
};

describe('imageSizeAt', () => {
  it('begins small, goes on in the middle and ends with images as they are', () => {
    expect(sizes({}, 32)).toEqual([16, 16, 16, 24, 24, 24, 32, 32, 32, 32]);
    expect(sizes({ initialScale: 0.75, epochs: 5 }, 224)).toEqual([160, 160, 192, 224, 224]);
  });

  it('is that of the images where nothing is resized', () => {
    expect(sizes({ initialScale: 1 }, 32)).toEqual(new Array(10).fill(32));
    expect(sizes({ fullSizeFraction: 1 }, 32)).toEqual(new Array(10).fill(32));
    expect(sizes({ epochs: 1, fullSizeFraction: 0 }, 32)).toEqual([32]);
    // No multiple of four between half of it and itself.
    expect(sizes({}, 5)).toEqual([4, 4, 4, 4, 4, 4, 5, 5, 5, 5]);
  });

  it.each([1, 4, 7, 30, 32, 64, 96, 225, 331])(
    'never falls and is that of the images in the last epoch, at %i px',
    (imageSize) => {
      for (const fullSizeFraction of [0, 0.3, 0.95])
        for (const initialScale of [0.5, 0.66, 0.9, 1]) {
          const all = sizes({ fullSizeFraction, initialScale }, imageSize);
          expect([...all].sort((a, b) => a - b)).toEqual(all);
          expect(all.at(-1)).toBe(imageSize);
          expect(all[0]).toBeGreaterThanOrEqual(Math.min(4, imageSize));
        }
    },
  );
});

describe('epochsBySize', () => {
  it.each([1, 5, 30, 32, 225, 331])('knows the sizes of all epochs and no other, at %i px', (imageSize) => {
    for (const initialScale of [0.5, 0.97, 1])
      for (const epochs of [1, 2, 7, 10])
        for (const [from, to] of [
          [0, epochs],
          [epochs >> 1, epochs],
          [0, 1],
        ] as const) {
          const given = { ...config, initialScale, epochs };
          const one: Record<number, number> = {};
          for (let epoch = from; epoch < to; epoch++) {
            const size = imageSizeAt(given, imageSize, epoch);
            one[size] = (one[size] ?? 0) + 1;
          }
          expect(Object.fromEntries(epochsBySize(given, imageSize, from, to))).toEqual(one);
          if (initialScale === 1) expect(Object.keys(one)).toEqual([String(imageSize)]);
        }
  });

  it('counts the epochs of each size', () => {
    expect([...epochsBySize(config, 32)]).toEqual([
      [16, 3],
      [24, 3],
      [32, 4],
    ]);
    expect([...epochsBySize(config, 32, 2, 7)]).toEqual([
      [16, 1],
      [24, 3],
      [32, 1],
    ]);
    expect([...epochsBySize({ ...config, initialScale: 1 }, 32, 2, 7)]).toEqual([[32, 5]]);
  });
});

describe('architectureAt', () => {
  it('is the same network on smaller images', () => {
    const settings = trainingConfigSchema.parse({ depth: 50 });
    const network = resolveArchitecture(settings, { imageSize: 224, channels: 3, classes: 1000 });
    // By itself the size of 64 would make this another family.
    const smaller = architectureAt(settings, network, 64);
    expect(smaller.family).toBe('imagenet');
    expect(countParameters(smaller)).toBe(countParameters(network));
    expect(countMacs(smaller) / countMacs(network)).toBeCloseTo((64 / 224) ** 2, 1);
  });
});
