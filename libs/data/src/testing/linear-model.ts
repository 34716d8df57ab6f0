import type { ImageSet } from '../dataset';

const [FEATURES, CLASSES, EPOCHS, RATE] = [3072, 10, 6, 0.0005];

/** Test accuracy of multinomial logistic regression on the pixels, trained by gradient descent one image at a time. */
export function linearModelAccuracy(train: ImageSet, test: ImageSet): number {
  const weights = Array.from({ length: CLASSES }, () => new Float64Array(FEATURES));
  const logitsOf = (x: Float64Array) => weights.map((row) => dot(row, x));
  for (let epoch = 0; epoch < EPOCHS; epoch++)
    for (let i = 0; i < train.count; i++) {
      const x = pixelsOf(train, i);
      const exps = logitsOf(x).map(Math.exp);
      const sum = exps.reduce((a, b) => a + b);
      weights.forEach((row, c) =>
        addScaled(row, x, RATE * ((train.labels[i] === c ? 1 : 0) - exps[c]! / sum)),
      );
    }
  let correct = 0;
  for (let i = 0; i < test.count; i++) {
    const logits = logitsOf(pixelsOf(test, i));
    if (logits.indexOf(Math.max(...logits)) === test.labels[i]) correct += 1;
  }
  return correct / test.count;
}

/** From -1 to 1. */
function pixelsOf(set: ImageSet, i: number): Float64Array {
  const x = new Float64Array(FEATURES);
  for (let f = 0; f < FEATURES; f++) x[f] = set.images[i * FEATURES + f]! / 128 - 1;
  return x;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let f = 0; f < FEATURES; f++) sum += a[f]! * b[f]!;
  return sum;
}

function addScaled(target: Float64Array, x: Float64Array, scale: number): void {
  for (let f = 0; f < FEATURES; f++) target[f]! += scale * x[f]!;
}
