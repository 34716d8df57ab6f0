import {
  cast,
  constant,
  Graph,
  normalise,
  packedBytes,
  placeholder,
  randomCropAndFlip,
  writeSavedModel,
  type CropAndFlip,
} from '@fathom/graph';
import { openEngine } from './engine';

const engine = openEngine();
const [BATCH, HEIGHT, WIDTH, CHANNELS] = [64, 5, 7, 3];
const IMAGE = HEIGHT * WIDTH * CHANNELS;
/** Every pixel has a value of its own, and none is 0. */
const pixels = Uint8Array.from({ length: BATCH * IMAGE }, (_, i) => (i % IMAGE) + 1);

function open(options: CropAndFlip) {
  const graph = new Graph();
  const images = packedBytes(graph, 'images', [BATCH, HEIGHT, WIDTH, CHANNELS]);
  const key = placeholder(graph, 'key', 'int32', [2]);
  const out = cast(randomCropAndFlip(images, key, options), 'int32');
  const session = engine.load(writeSavedModel(graph));
  const packed = new Uint8Array(Math.ceil(pixels.length / 4) * 4);
  packed.set(pixels);
  const data = new Int32Array(packed.buffer);
  return {
    run: (step: number) =>
      session.run(
        {
          images: { dtype: 'int32', shape: [data.length], data },
          key: { dtype: 'int32', shape: [2], data: Int32Array.of(5, step) },
        },
        [out.name],
      )[0]!.data,
    close: () => {
      session.close();
    },
  };
}

/** Image 0 of `pixels` moved and mirrored by hand. */
function expected(padding: number, top: number, left: number, flip: boolean): string {
  const out: number[] = [];
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++)
      for (let c = 0; c < CHANNELS; c++) {
        const [row, column] = [y + top - padding, (flip ? WIDTH - 1 - x : x) + left - padding];
        const inside = row >= 0 && row < HEIGHT && column >= 0 && column < WIDTH;
        out.push(inside ? (row * WIDTH + column) * CHANNELS + c + 1 : 0);
      }
  return out.join();
}

describe('randomCropAndFlip', () => {
  it.each([
    { padding: 2, flip: true },
    { padding: 1, flip: false },
    { padding: 0, flip: true },
  ])('makes every crop there is, and no other: %j', ({ padding, flip }) => {
    const offsets = Array.from({ length: 2 * padding + 1 }, (_, i) => i);
    const flips = flip ? [false, true] : [false];
    const possible = new Set(
      offsets.flatMap((top) => offsets.flatMap((left) => flips.map((f) => expected(padding, top, left, f)))),
    );
    const session = open({ padding, flip });
    const seen = new Map<string, number>();
    const runs = 20;
    for (let step = 0; step < runs; step++) {
      const out = session.run(step);
      for (let i = 0; i < BATCH; i++) {
        const image = out.subarray(i * IMAGE, (i + 1) * IMAGE).join();
        seen.set(image, (seen.get(image) ?? 0) + 1);
      }
    }
    session.close();
    expect([...seen.keys()].filter((image) => !possible.has(image))).toEqual([]);
    expect(seen.size).toBe(possible.size);
    const mean = (BATCH * runs) / possible.size;
    for (const count of seen.values()) expect(Math.abs(count - mean)).toBeLessThan(6 * Math.sqrt(mean));
  });

  it('draws by the key alone', () => {
    const session = open({ padding: 2, flip: true });
    const [a, b, c] = [session.run(1), session.run(1), session.run(2)];
    session.close();
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });
});

describe('normalise', () => {
  it('subtracts the mean and divides by the deviation, of values between 0 and 1', () => {
    const graph = new Graph();
    const images = constant(graph, 'uint8', [0, 255, 51, 102, 255, 0], [1, 1, 3, 2]);
    const [mean, std] = [constant(graph, 'float32', [0.5, 0.25]), constant(graph, 'float32', [0.5, 0.125])];
    const out = normalise(images, mean, std);
    const session = engine.load(writeSavedModel(graph));
    const values = [...session.run({}, [out.name])[0]!.data];
    session.close();
    [-1, 6, -0.6, 1.2, 1, -2].forEach((value, i) => {
      expect(values[i]).toBeCloseTo(value, 5);
    });
  });
});
