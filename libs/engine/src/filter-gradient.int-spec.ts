import {
  ancestorsOf,
  anyTarget,
  cast,
  constant,
  conv2d,
  gradients,
  Graph,
  multiply,
  placeholder,
  sizeOf,
  sum,
  writeSavedModel,
  type FloatDType,
  type Target,
} from '@fathom/graph';
import { openEngine } from './engine';
import { noise } from './testing/noise';

const engine = openEngine();

interface Case {
  readonly x: readonly [number, number, number, number];
  readonly outputs: number;
  readonly kernel: number;
  readonly stride?: number;
}

/** Gradients of sum(w * conv(x)) by input and filter, and the ops that compute them. */
function gradientsOf({ x: shape, outputs, kernel, stride = 1 }: Case, dtype: FloatDType, target?: Target) {
  const graph = new Graph(target);
  const filterShape = [kernel, kernel, shape[3], outputs];
  const x = placeholder(graph, 'x', 'float32', shape);
  const filter = placeholder(graph, 'filter', 'float32', filterShape);
  const [xd, fd] = [cast(x, dtype), cast(filter, dtype)];
  const y = conv2d(xd, fd, { stride, padding: (kernel - 1) / 2 });
  const out = cast(y, 'float32');
  const loss = sum(multiply(out, constant(graph, 'float32', noise(sizeOf(out.shape), 3), out.shape)));
  const grads = gradients(loss, [x, filter]);
  const session = engine.load(writeSavedModel(graph));
  const feed = (s: readonly number[], seed: number) =>
    ({ dtype: 'float32', shape: s, data: noise(sizeOf(s), seed) }) as const;
  const values = session.run(
    { x: feed(shape, 1), filter: feed(filterShape, 2) },
    grads.map(({ name }) => name),
  );
  session.close();
  const behind = ancestorsOf(grads.map(({ operation }) => operation));
  const types = new Set([...behind].map(({ type }) => type));
  return { values: values.map(({ data }) => data as Float32Array), types };
}

const largest = (values: Float32Array) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

/** dLoss/dFilter by its definition: the sum over positions of input times upstream. */
function reference({ x: [n, h, w, c], outputs, kernel, stride }: Case): Float32Array {
  const total = new Float32Array(kernel * kernel * c * outputs);
  const full = noise(n * h * w * c, 1);
  const step = stride ?? 1;
  const [oh, ow] = [Math.ceil(h / step), Math.ceil(w / step)];
  const upstream = noise(n * oh * ow * outputs, 3);
  const edge = (kernel - 1) / 2;
  for (let i = 0; i < n; i++)
    for (let y = 0; y < oh; y++)
      for (let z = 0; z < ow; z++)
        for (let ky = 0; ky < kernel; ky++)
          for (let kx = 0; kx < kernel; kx++) {
            const [sy, sx] = [y * step + ky - edge, z * step + kx - edge];
            if (sy < 0 || sx < 0 || sy >= h || sx >= w) continue;
            const from = ((i * h + sy) * w + sx) * c;
            const to = ((i * oh + y) * ow + z) * outputs;
            const base = (ky * kernel + kx) * c * outputs;
            for (let a = 0; a < c; a++) {
              const value = full[from + a]!;
              for (let b = 0; b < outputs; b++) total[base + a * outputs + b]! += value * upstream[to + b]!;
            }
          }
  return total;
}

/** Within what float32 or bfloat16 rounds, in units of the largest value. */
function expectClose(values: Float32Array, expected: Float32Array, dtype: FloatDType): void {
  expect(values).toHaveLength(expected.length);
  const worst = values.reduce((most, v, i) => Math.max(most, Math.abs(v - expected[i]!)), 0);
  expect(worst).toBeLessThan((dtype === 'float32' ? 1e-5 : 0.02) * largest(expected));
}

describe('a filter gradient written as a matrix product', () => {
  it.each<[string, Case, FloatDType]>([
    ['1x1, float32', { x: [2, 5, 5, 128], outputs: 160, kernel: 1 }, 'float32'],
    ['1x1 in steps of 2, even', { x: [2, 6, 4, 128], outputs: 160, kernel: 1, stride: 2 }, 'float32'],
    ['1x1 in steps of 2, odd', { x: [2, 7, 5, 128], outputs: 160, kernel: 1, stride: 2 }, 'float32'],
    ['1x1, bfloat16', { x: [2, 5, 5, 128], outputs: 160, kernel: 1 }, 'bfloat16'],
    ['3x3, bfloat16', { x: [2, 5, 4, 256], outputs: 128, kernel: 3 }, 'bfloat16'],
    [
      '3x3 in steps of 2, even, bfloat16',
      { x: [2, 6, 8, 256], outputs: 128, kernel: 3, stride: 2 },
      'bfloat16',
    ],
    [
      '3x3 in steps of 2, odd, bfloat16',
      { x: [2, 7, 5, 256], outputs: 128, kernel: 3, stride: 2 },
      'bfloat16',
    ],
  ])('%s: equals the sum over positions', (_, given, dtype) => {
    const { values, types } = gradientsOf(given, dtype);
    expect(types).toContain('MatMul');
    expect(types).not.toContain('Conv2DBackpropFilter');
    expectClose(values[1]!, reference(given), dtype);
  });

  it.each<[string, Case, FloatDType]>([
    ['few channels', { x: [2, 5, 5, 16], outputs: 16, kernel: 1 }, 'float32'],
    ['few channels, bfloat16', { x: [2, 5, 5, 64], outputs: 64, kernel: 1 }, 'bfloat16'],
    ['3x3 in float32', { x: [2, 5, 5, 256], outputs: 256, kernel: 3 }, 'float32'],
  ])('is not used for %s', (_, given, dtype) => {
    const { types } = gradientsOf(given, dtype);
    expect(types).toContain('Conv2DBackpropFilter');
  });
});

describe('where there are tiles', () => {
  const tiles: Target = { ...anyTarget, tiles: true };

  it.each<[string, Case]>([
    ['1x1 of few channels', { x: [2, 5, 5, 16], outputs: 16, kernel: 1 }],
    ['1x1 in steps of 2', { x: [2, 7, 6, 16], outputs: 24, kernel: 1, stride: 2 }],
    ['3x3 of 128 channels', { x: [2, 5, 4, 128], outputs: 128, kernel: 3 }],
    ['3x3 of 128 channels in steps of 2', { x: [2, 6, 7, 128], outputs: 128, kernel: 3, stride: 2 }],
  ])('%s: is a matrix product in bfloat16', (_, given) => {
    const { values, types } = gradientsOf(given, 'bfloat16', tiles);
    expect(types).toContain('MatMul');
    expect(types).not.toContain('Conv2DBackpropFilter');
    expectClose(values[1]!, reference(given), 'bfloat16');
  });

  it.each<[string, Case]>([
    ['7x7 in steps of 2, even', { x: [2, 12, 16, 3], outputs: 8, kernel: 7, stride: 2 }],
    ['7x7 in steps of 2, odd', { x: [2, 13, 15, 3], outputs: 8, kernel: 7, stride: 2 }],
    ['3x3 in steps of 2', { x: [2, 6, 9, 1], outputs: 8, kernel: 3, stride: 2 }],
    ['5x5 in steps of 3', { x: [2, 9, 10, 3], outputs: 8, kernel: 5, stride: 3 }],
  ])('images, %s: folds pixels to channels in bfloat16', (_, given) => {
    const { values, types } = gradientsOf(given, 'bfloat16', tiles);
    expect(types).toContain('Transpose');
    expect(types).toContain('Conv2DBackpropFilter');
    expectClose(values[1]!, reference(given), 'bfloat16');
  });

  it('float32 has none and stays as it is', () => {
    const few: Case = { x: [2, 12, 12, 3], outputs: 8, kernel: 7, stride: 2 };
    expect(gradientsOf(few, 'float32', tiles).types).toEqual(gradientsOf(few, 'float32').types);
  });
});
