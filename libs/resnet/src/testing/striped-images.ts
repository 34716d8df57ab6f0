import type { ImageSet, TrainingData } from '../training/training-data';

const SIZE = 16;
const CLASSES = ['upright', 'lying', 'slanted', 'checked'] as const;

/** Whether a pixel of a pattern is bright; `shift` moves the pattern. */
const patterns: readonly ((x: number, y: number, shift: number) => boolean)[] = [
  (x, _, shift) => (x + shift) % 4 < 2,
  (_, y, shift) => (y + shift) % 4 < 2,
  (x, y, shift) => (x + y + shift) % 4 < 2,
  (x, y, shift) => (((x + shift) >> 1) + (y >> 1)) % 2 === 0,
];

/** Noisy stripes in four directions, 16x16 RGB: a small net learns them in a few dozen steps. */
export function stripedImages(): TrainingData {
  return {
    imageShape: [SIZE, SIZE, 3],
    classes: CLASSES,
    train: stripes(320, 1),
    validation: stripes(70, 2),
    test: stripes(90, 3),
  };
}

function stripes(count: number, seed: number): ImageSet {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
  const images = new Uint8Array(count * SIZE * SIZE * 3);
  const labels = new Uint8Array(count);
  let at = 0;
  for (let image = 0; image < count; image++) {
    const label = image % patterns.length;
    const shift = Math.floor(random() * 4);
    labels[image] = label;
    for (let y = 0; y < SIZE; y++)
      for (let x = 0; x < SIZE; x++)
        for (let channel = 0; channel < 3; channel++) {
          const bright = patterns[label]?.(x, y, shift) ?? false;
          images[at++] = Math.min(255, Math.max(0, (bright ? 190 : 70) + (random() - 0.5) * 160));
        }
  }
  return { count, images, labels };
}
