import type { SafeTensor } from '@fathom/safetensors';

/** Looked up once: a test's globals are slow to reach, and there are 60 million numbers in the deepest network. */
const { imul } = Math;

/**
 * Numbers that Python (generated.py) and TypeScript make alike to the last bit, in place of stored weights and images:
 * see there for how.
 */
export function bits(stream: string, count: number): Uint32Array {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(stream)) seed = imul(seed ^ byte, 0x01000193);
  const all = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    let x = (imul(i, 0x9e3779b9) + seed) | 0;
    x ^= x >>> 16;
    x = imul(x, 0x85ebca6b);
    x ^= x >>> 13;
    x = imul(x, 0xc2b2ae35);
    all[i] = x ^ (x >>> 16);
  }
  return all;
}

function uniform(stream: string, count: number, low: number, high: number): Float32Array {
  const all = bits(stream, count);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = low + (high - low) * (((all[i] ?? 0) >>> 8) / 2 ** 24);
  return values;
}

export type Shapes = Readonly<Record<string, readonly number[]>>;

/** A torchvision state_dict: variance-scaled weights and statistics that are far from 0 and 1. */
export const generatedStateDict = (shapes: Shapes, seed: number): Record<string, SafeTensor> =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]): [string, SafeTensor] => [
      name,
      name.endsWith('num_batches_tracked')
        ? { dtype: 'I64', shape, data: new BigInt64Array(1) }
        : { dtype: 'F32', shape, data: values(name, shape, seed, endsBlock(name, shapes)) },
    ]),
  );

/** Whether this is the scale of the last normalisation of a block. */
function endsBlock(name: string, shapes: Shapes): boolean {
  const [, norm, index] = /^(layer\d+\.\d+\.bn)(\d)\.weight$/.exec(name) ?? [];
  return norm !== undefined && !(`${norm}${String(Number(index) + 1)}.weight` in shapes);
}

function values(name: string, shape: readonly number[], seed: number, last: boolean): Float32Array {
  const count = shape.reduce((product, dim) => product * dim, 1);
  const between = (low: number, high: number) => uniform(`${String(seed)}/${name}`, count, low, high);
  if (name.endsWith('running_mean')) return between(-0.2, 0.2);
  if (name.endsWith('running_var')) return between(0.5, 1.5);
  const [outputs = 0, , height, width] = shape;
  if (height !== undefined && width !== undefined) {
    const bound = Math.sqrt(6 / (outputs * height * width));
    return between(-bound, bound);
  }
  if (name.startsWith('fc.')) return between(-0.1, 0.1);
  if (name.endsWith('bias')) return between(-0.2, 0.2);
  return last ? between(0.05, 0.2) : between(0.4, 0.8);
}

/** uint8 [count, size, size, channels]: patches of 8 x 8 pixels under noise of single ones. */
export function generatedImages(stream: string, count: number, size: number, channels = 3): Uint8Array {
  const fine = bits(`${stream}/fine`, count * size * size * channels);
  const patches = Math.ceil(size / 8);
  const coarse = bits(`${stream}/coarse`, count * patches * patches * channels);
  return Uint8Array.from(fine, (x, at) => {
    const channel = at % channels;
    const column = Math.floor(at / channels) % size;
    const row = Math.floor(at / (channels * size)) % size;
    const image = Math.floor(at / (channels * size * size));
    const patch = (image * patches + (row >> 3)) * patches + (column >> 3);
    return ((x >>> 24) + ((coarse[patch * channels + channel] ?? 0) >>> 24)) >> 1;
  });
}

/** Images and labels of which a network learns something: 7/8 of an image is what its class looks like. */
export function labelledImages(count: number, size: number, classes: number) {
  const labels = Int32Array.from(bits('labels', count), (x) => (x >>> 8) % classes);
  const looks = generatedImages('classes', classes, size);
  const images = generatedImages('training', count, size);
  const length = images.length / count;
  for (let at = 0; at < images.length; at++) {
    const label = labels[Math.floor(at / length)] ?? 0;
    images[at] = ((images[at] ?? 0) + 7 * (looks[label * length + (at % length)] ?? 0)) >> 3;
  }
  return { count, images, labels };
}
