import {
  constant,
  cropAndResize,
  Graph,
  placeholder,
  randomBeta,
  randomBoxes,
  randomCropAndFlip,
  randomCutout,
  randomResizedCrop,
  randomUniform,
  resize,
  cast,
  stack,
  streamOf,
  writeSavedModel,
  type RandomKey,
  type Tensor,
} from '@fathom/graph';
import { openEngine } from './engine';

const engine = openEngine();

/** What `build` draws by the key [5, step], for each of the steps. */
function drawn(build: (key: RandomKey) => Tensor, steps: readonly number[]) {
  const graph = new Graph();
  const out = build(placeholder(graph, 'key', 'int32', [2]));
  const session = engine.load(writeSavedModel(graph));
  const values = steps.map(
    (step) =>
      session.run({ key: { dtype: 'int32', shape: [2], data: Int32Array.of(5, step) } }, [out.name])[0]!.data,
  );
  session.close();
  return values;
}

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

/** Numbers that no bilinear mean of others happens to equal. */
const pixel = (image: number, y: number, x: number, c: number) =>
  (37 * image + 11 * y * y + 5 * x + 3 * c) % 251;
function pictures(batch: number, height: number, width: number, channels: number): number[] {
  const out: number[] = [];
  for (let image = 0; image < batch; image++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) out.push(pixel(image, y, x, c));
  return out;
}

describe('cropAndResize', () => {
  const [HEIGHT, WIDTH] = [5, 7];

  /** Bilinear, between the middles of pixels. */
  const between = (image: number, y: number, x: number, c: number) => {
    const [y0, x0] = [Math.min(Math.floor(y), HEIGHT - 2), Math.min(Math.floor(x), WIDTH - 2)];
    const [dy, dx] = [y - y0, x - x0];
    const row = (at: number) => (1 - dx) * pixel(image, at, x0, c) + dx * pixel(image, at, x0 + 1, c);
    return (1 - dy) * row(y0) + dy * row(y0 + 1);
  };

  it('takes rows and columns evenly from box to box, also backwards', () => {
    const boxes = [
      [0, 0, HEIGHT - 1, WIDTH - 1],
      [0.5, 1.25, 2.75, 4],
      [1, 5.5, 3, 0.25],
    ];
    const graph = new Graph();
    const images = constant(graph, 'uint8', pictures(3, HEIGHT, WIDTH, 2), [3, HEIGHT, WIDTH, 2]);
    const out = cropAndResize(images, constant(graph, 'float32', boxes.flat(), [3, 4]));
    const session = engine.load(writeSavedModel(graph));
    const values = session.run({}, [out.name])[0]!.data;
    session.close();
    boxes.forEach(([top = 0, left = 0, bottom = 0, right = 0], image) => {
      for (let y = 0; y < HEIGHT; y++)
        for (let x = 0; x < WIDTH; x++) {
          const expected = between(
            image,
            top + (y * (bottom - top)) / (HEIGHT - 1),
            left + (x * (right - left)) / (WIDTH - 1),
            1,
          );
          expect(values[((image * HEIGHT + y) * WIDTH + x) * 2 + 1]).toBeCloseTo(expected, 3);
        }
    });
  });
});

describe('resize', () => {
  const resized = (values: readonly number[], [height, width]: [number, number], size: [number, number]) => {
    const graph = new Graph();
    const images = constant(graph, 'uint8', values, [1, height, width, 1]);
    const out = cast(resize(images, size), 'int32');
    const session = engine.load(writeSavedModel(graph));
    const pixels = session.run({}, [out.name])[0]!.data;
    session.close();
    return [...pixels];
  };

  it('takes the means of four pixels at half the size', () => {
    expect(resized([10, 20, 100, 0, 30, 41, 0, 200, 7, 7, 1, 2, 7, 7, 3, 4], [4, 4], [2, 2])).toEqual([
      25, 75, 7, 3,
    ]);
  });

  it('takes each pixel from the middle of what it covers, in rows as in columns', () => {
    const row = [0, 40, 80, 120, 160, 200];
    // Of six pixels four are each one and a half: their middles lie at 0.25, 1.75, 3.25 and 4.75.
    const expected = [10, 70, 130, 190];
    expect(resized(row, [1, 6], [1, 4])).toEqual(expected);
    expect(resized(row, [6, 1], [4, 1])).toEqual(expected);
  });

  it('leaves images of that size as they are', () => {
    const values = Array.from({ length: 12 }, (_, i) => 20 * i);
    expect(resized(values, [3, 4], [3, 4])).toEqual(values);
  });
});

describe('randomBoxes', () => {
  const [BATCH, HEIGHT, WIDTH] = [4000, 30, 40];
  const options = { minimumArea: 0.08, maximumRatio: 4 / 3, flip: true };
  const [values] = drawn((key) => randomBoxes(key, BATCH, [HEIGHT, WIDTH], options), [1]);
  const boxes = Array.from({ length: BATCH }, (_, i) => [...values!.subarray(4 * i, 4 * i + 4)]);
  /** Sides as shares of the image's; a box runs from the middle of its first pixel to that of its last. */
  const sides = boxes.map(([top = 0, left = 0, bottom = 0, right = 0]) => [
    (bottom - top) / (HEIGHT - 1),
    Math.abs(right - left) / (WIDTH - 1),
  ]);

  it('lie inside the image', () => {
    for (const [top = -1, left = -1, bottom = -1, right = -1] of boxes) {
      expect(Math.min(top, left, bottom, right)).toBeGreaterThanOrEqual(0);
      expect(Math.max(top, bottom)).toBeLessThanOrEqual(HEIGHT - 1);
      expect(Math.max(left, right)).toBeLessThanOrEqual(WIDTH - 1);
      expect(top).toBeLessThan(bottom);
    }
  });

  it('have areas and ratios of the whole range, and no other', () => {
    const areas = sides.map(([h = 0, w = 0]) => h * w);
    const ratios = sides.map(([h = 0, w = 0]) => w / h);
    // Half a pixel is cut off at an edge of the image, which smallest boxes feel most.
    expect(Math.min(...areas)).toBeGreaterThan(0.075);
    expect(Math.min(...areas)).toBeLessThan(0.09);
    expect(Math.max(...areas)).toBeGreaterThan(0.98);
    expect(Math.max(...areas)).toBeLessThanOrEqual(1);
    expect(mean(areas)).toBeCloseTo(0.54, 1.5);
    expect(Math.min(...ratios)).toBeGreaterThan(0.7);
    expect(Math.max(...ratios)).toBeLessThan(1.45);
    expect(mean(ratios.map(Math.log))).toBeCloseTo(0, 1.5);
  });

  it('are mirrored as often as not', () => {
    const mirrored = boxes.filter(([, left = 0, , right = 0]) => right < left).length;
    expect(Math.abs(mirrored / BATCH - 0.5)).toBeLessThan(0.04);
  });
});

describe('randomResizedCrop', () => {
  const [BATCH, SIZE] = [16, 8];
  const options = { minimumArea: 0.25, maximumRatio: 4 / 3, flip: true };
  const crop = (values: readonly number[]) => (key: RandomKey) => {
    const images = constant(key.graph, 'uint8', values, [BATCH, SIZE, SIZE, 1]);
    return cast(randomResizedCrop(images, key, options), 'int32');
  };

  it('draws by the key alone', () => {
    const [a, b, c] = drawn(crop(pictures(BATCH, SIZE, SIZE, 1)), [1, 1, 2]);
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  it('leaves an image of one colour as it is, up to its edges', () => {
    const grey = new Array<number>(BATCH * SIZE * SIZE).fill(200);
    for (const values of drawn(
      crop(grey),
      Array.from({ length: 50 }, (_, i) => i),
    ))
      expect(new Set(values)).toEqual(new Set([200]));
  });
});

describe('flips that are given', () => {
  const given = [0, 1, 1, 0, 1];

  it('are those of crops', () => {
    const [HEIGHT, WIDTH] = [2, 3];
    const image = (i: number) => Array.from({ length: HEIGHT * WIDTH }, (_, at) => 10 * i + at);
    const [values] = drawn(
      (key) => {
        const all = given.flatMap((_, i) => image(i));
        const images = constant(key.graph, 'float32', all, [given.length, HEIGHT, WIDTH, 1]);
        return randomCropAndFlip(images, key, { padding: 0, flip: constant(key.graph, 'int32', given) });
      },
      [1],
    );
    const mirrored = (i: number) => [2, 1, 0, 5, 4, 3].map((at) => 10 * i + at);
    expect([...values!]).toEqual(given.flatMap((flip, i) => (flip === 1 ? mirrored(i) : image(i))));
  });

  it('are those of boxes', () => {
    const options = { minimumArea: 0.25, maximumRatio: 4 / 3 };
    const [values] = drawn(
      (key) =>
        randomBoxes(key, given.length, [30, 40], { ...options, flip: constant(key.graph, 'int32', given) }),
      [1],
    );
    const found = given.map((_, i) => (values![4 * i + 3]! < values![4 * i + 1]! ? 1 : 0));
    expect(found).toEqual(given);
  });
});

describe('randomCutout', () => {
  const [BATCH, HEIGHT, WIDTH] = [500, 6, 8];
  const cut = (side: number, presence?: number) => (key: RandomKey) => {
    const images = constant(key.graph, 'float32', ramp, [BATCH, HEIGHT, WIDTH, 1]);
    const there = presence === undefined ? undefined : constant(key.graph, 'float32', presence);
    return randomCutout(images, key, side, there);
  };
  const ramp = Array.from({ length: BATCH * HEIGHT * WIDTH }, (_, i) => 1 + (i % 7));

  it('leaves images as they are where there is to be no square', () => {
    const [none] = drawn(cut(3, 0), [1]);
    expect([...none!]).toEqual(ramp);
    expect(drawn(cut(3, 1), [1])).toEqual(drawn(cut(3), [1]));
  });

  it.each([1, 3, 4, 20])('blanks a square of side %i around a pixel, cut off by the edge', (side) => {
    const [values] = drawn(cut(side), [1]);
    const [reach, seen] = [Math.floor(side / 2), new Set<string>()];
    for (let image = 0; image < BATCH; image++) {
      const blank: (readonly [y: number, x: number])[] = [];
      for (let y = 0; y < HEIGHT; y++)
        for (let x = 0; x < WIDTH; x++) {
          const at = (image * HEIGHT + y) * WIDTH + x;
          if (values![at] === 0) blank.push([y, x]);
          else expect(values![at]).toBe(ramp[at]);
        }
      seen.add(blank.map(String).join(' '));
    }
    const possible = new Set<string>();
    for (let cy = 0; cy < HEIGHT; cy++)
      for (let cx = 0; cx < WIDTH; cx++) {
        const square: string[] = [];
        for (let y = Math.max(0, cy - reach); y < Math.min(HEIGHT, cy - reach + side); y++)
          for (let x = Math.max(0, cx - reach); x < Math.min(WIDTH, cx - reach + side); x++)
            square.push(String([y, x]));
        possible.add(square.join(' '));
      }
    expect([...seen].filter((square) => !possible.has(square))).toEqual([]);
    expect(seen.size).toBe(possible.size);
  });

  it('draws by the key alone', () => {
    const [a, b, c] = drawn(cut(3), [1, 1, 2]);
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });
});

describe('randomBeta', () => {
  it.each([0.01, 0.2, 1, 4])('has the mean and variance of Beta(%d, the same)', (alpha) => {
    const [values] = drawn((key) => randomBeta(key, [20_000], alpha), [1]);
    const numbers = [...values!];
    expect(numbers.every((x) => x >= 0 && x <= 1)).toBe(true);
    const variance = 1 / (4 * (2 * alpha + 1));
    expect(Math.abs(mean(numbers) - 0.5)).toBeLessThan(5 * Math.sqrt(variance / numbers.length));
    expect(mean(numbers.map((x) => (x - 0.5) ** 2)) / variance).toBeCloseTo(1, 1);
  });
});

describe('streamOf', () => {
  it('draws something else by each stream, and by stream 0 what the key itself draws', () => {
    const [values] = drawn(
      (key) =>
        stack([randomUniform(key, [4]), ...[0, 1, 2].map((s) => randomUniform(streamOf(key, s), [4]))]),
      [1],
    );
    const rows = [0, 1, 2, 3].map((row) => [...values!.subarray(4 * row, 4 * row + 4)].join());
    expect(rows[0]).toBe(rows[1]);
    expect(new Set(rows).size).toBe(3);
  });
});
