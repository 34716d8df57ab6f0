import type { ShapesDatasetSpec } from '@fathom/contracts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { imageBytes, type DecodedDataset, type ImageSet } from '../dataset';
import { norm, shapes, type Distance } from './distance';

/** Raised whenever the same spec gives other images than before, so that old cache files are not used. */
export const SHAPES_VERSION = 1;

const { floor, max, min } = Math;
const SIZE = 32;
const PIXELS = SIZE * SIZE;
const names = Object.keys(shapes);
const distances = Object.values(shapes);
type Colour = readonly [number, number, number];

/**
 * Ten classes of drawn shapes on 32x32 RGB images. Place, size, rotation, colours, contrast, background and clutter
 * come from the same distribution for every class, so that no pixel and no colour tells the class: only the outline does.
 */
export function generateShapes(
  spec: Pick<ShapesDatasetSpec, 'trainImages' | 'testImages' | 'seed'>,
): DecodedDataset {
  return {
    imageSize: SIZE,
    classes: names,
    train: draw(spec.trainImages, 2 * spec.seed),
    test: draw(spec.testImages, 2 * spec.seed + 1),
  };
}

function draw(count: number, seed: number): ImageSet {
  const rng = xoroshiro128plus(seed);
  const random = () => uniformFloat64(rng);
  const images = new Uint8Array(count * imageBytes(SIZE));
  const labels = Uint8Array.from({ length: count }, (_, i) => i % distances.length);
  const canvas = new Float32Array(PIXELS * 3);
  labels.forEach((label, i) => {
    const shape = distances[label];
    if (shape) drawImage(canvas, shape, random, () => rng.next());
    // Assignment to a clamped array rounds and clips to 0 … 255.
    images.set(new Uint8ClampedArray(canvas), i * canvas.length);
  });
  return { count, images, labels };
}

function drawImage(canvas: Float32Array, shape: Distance, random: () => number, bits: () => number): void {
  const between = (low: number, high: number) => low + (high - low) * random();
  const background = randomColour(random);
  paintGradient(canvas, background, between);
  const clutter = floor(random() * 2);
  for (let i = 0; i < clutter; i++) paintStroke(canvas, randomColour(random), between);

  const radius = between(9, 12.5);
  const [cx, cy] = [between(radius * 0.8, SIZE - radius * 0.8), between(radius * 0.8, SIZE - radius * 0.8)];
  const angle = between(-0.5, 0.5);
  const [cos, sin] = [Math.cos(angle) / radius, Math.sin(angle) / radius];
  paint(canvas, contrasting(background, random), (x, y) => {
    const [dx, dy] = [x - cx, y - cy];
    return shape(dx * cos + dy * sin, dy * cos - dx * sin) * radius;
  });

  addNoise(canvas, between(3, 12), bits);
}

/** Uniform noise of this amplitude; each 32 random bits serve two values, as this is where the time goes. */
function addNoise(canvas: Float32Array, amplitude: number, bits: () => number): void {
  const scale = (2 * amplitude) / 65_535;
  for (let i = 0; i + 1 < canvas.length; i += 2) {
    const random = bits();
    canvas[i] = (canvas[i] ?? 0) + (random & 0xffff) * scale - amplitude;
    canvas[i + 1] = (canvas[i + 1] ?? 0) + (random >>> 16) * scale - amplitude;
  }
}

function paintGradient(
  canvas: Float32Array,
  from: Colour,
  between: (low: number, high: number) => number,
): void {
  const slope = [between(-1.8, 1.8), between(-1.8, 1.8)] as const;
  for (let p = 0; p < PIXELS; p++) {
    const shade = slope[0] * ((p % SIZE) - SIZE / 2) + slope[1] * (floor(p / SIZE) - SIZE / 2);
    for (let c = 0; c < 3; c++) canvas[p * 3 + c] = (from[c] ?? 0) + shade;
  }
}

/** A short line that belongs to no class. */
function paintStroke(
  canvas: Float32Array,
  colour: Colour,
  between: (low: number, high: number) => number,
): void {
  const [x0, y0] = [between(0, SIZE), between(0, SIZE)];
  const angle = between(0, 2 * Math.PI);
  const length = between(3, 12);
  const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
  const halfWidth = between(0.4, 1.1);
  paint(canvas, colour, (x, y) => {
    const along = min(length, max(0, (x - x0) * dx + (y - y0) * dy));
    return norm(x - x0 - along * dx, y - y0 - along * dy) - halfWidth;
  });
}

/** Lays a colour over the pixels whose distance is negative; the edge is smoothed over one pixel. */
function paint(canvas: Float32Array, colour: Colour, distance: Distance): void {
  for (let p = 0; p < PIXELS; p++) {
    const outside = 0.5 + distance((p % SIZE) + 0.5, floor(p / SIZE) + 0.5);
    if (outside >= 1) continue;
    const cover = outside <= 0 ? 1 : 1 - outside;
    for (let c = 0; c < 3; c++) {
      const under = canvas[p * 3 + c] ?? 0;
      canvas[p * 3 + c] = under + ((colour[c] ?? 0) - under) * cover;
    }
  }
}

const randomColour = (random: () => number): Colour => [255 * random(), 255 * random(), 255 * random()];
/** Rec. 601 luma. */
const luma = ([r, g, b]: Colour): number => 0.299 * r + 0.587 * g + 0.114 * b;

/** A colour that stands out, lighter or darker. */
function contrasting(background: Colour, random: () => number): Colour {
  for (;;) {
    const colour = randomColour(random);
    if (Math.abs(luma(colour) - luma(background)) > 80) return colour;
  }
}
