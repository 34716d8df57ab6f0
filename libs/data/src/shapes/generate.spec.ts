import { createHash } from 'node:crypto';
import { generateShapes } from './generate';

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 12);

describe('generateShapes', () => {
  const data = generateShapes({ trainImages: 1500, testImages: 300, seed: 3 });

  it('gives the same images for the same seed, here and on every machine', () => {
    const again = generateShapes({ trainImages: 1500, testImages: 300, seed: 3 });
    expect(sha(again.train.images)).toBe(sha(data.train.images));
    expect(sha(generateShapes({ trainImages: 20, testImages: 10, seed: 0 }).train.images)).toBe(
      '5a6435440d79',
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

interface Split {
  readonly count: number;
  readonly images: Uint8Array;
  readonly labels: Uint8Array | Int32Array;
}

/** Test accuracy of multinomial logistic regression on the pixels, trained by gradient descent one image at a time. */
function linearModelAccuracy(train: Split, test: Split): number {
  const [features, classes, epochs, rate] = [3072, 10, 6, 0.0005];
  const weights = new Float64Array(features * classes);
  const logitsOf = (set: Split, i: number): Float64Array => {
    const logits = new Float64Array(classes);
    const pixels = set.images.subarray(i * features, (i + 1) * features);
    for (let c = 0; c < classes; c++) {
      const row = weights.subarray(c * features, (c + 1) * features);
      let sum = 0;
      for (let f = 0; f < features; f++) sum += (pixels[f]! / 128 - 1) * row[f]!;
      logits[c] = sum;
    }
    return logits;
  };
  for (let epoch = 0; epoch < epochs; epoch++)
    for (let i = 0; i < train.count; i++) {
      const exps = logitsOf(train, i).map(Math.exp);
      const sum = exps.reduce((a, b) => a + b);
      const pixels = train.images.subarray(i * features, (i + 1) * features);
      for (let c = 0; c < classes; c++) {
        const row = weights.subarray(c * features, (c + 1) * features);
        const step = rate * (exps[c]! / sum - (train.labels[i] === c ? 1 : 0));
        for (let f = 0; f < features; f++) row[f]! -= step * (pixels[f]! / 128 - 1);
      }
    }
  let correct = 0;
  for (let i = 0; i < test.count; i++) {
    const logits = logitsOf(test, i);
    if (logits.indexOf(Math.max(...logits)) === test.labels[i]) correct += 1;
  }
  return correct / test.count;
}
