import { createHash } from 'node:crypto';
import { linearModelAccuracy } from '../testing/linear-model';
import { generateShapes } from './generate';

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 12);

describe('generateShapes', () => {
  const data = generateShapes({ trainImages: 1500, testImages: 300, seed: 3 });

  it('gives the same images for the same seed, here and on every machine', () => {
    const again = generateShapes({ trainImages: 1500, testImages: 300, seed: 3 });
    expect(sha(again.train.images)).toBe(sha(data.train.images));
    expect(sha(generateShapes({ trainImages: 20, testImages: 10, seed: 0 }).train.images)).toBe(
      '061992b40b1b',
    );
  });

  it('gives other images for another seed, and for the test set', () => {
    const other = generateShapes({ trainImages: 300, testImages: 300, seed: 4 });
    const first300 = data.train.images.subarray(0, other.train.images.length);
    expect(sha(other.train.images)).not.toBe(sha(first300));
    expect(sha(data.test.images)).not.toBe(sha(first300));
  });

  it('has ten classes, equally often', () => {
    const counts = data.classes.map((_, label) => data.train.labels.filter((l) => l === label).length);
    expect(counts).toEqual(Array(10).fill(150));
  });

  it('cannot be told apart by a linear model of the pixels', () => {
    const accuracy = linearModelAccuracy(data.train, data.test);
    expect(accuracy).toBeLessThan(0.3);
  });
});
