import {
  add,
  addAll,
  batchNormInference,
  batchNormTraining,
  biasAdd,
  broadcastTo,
  cast,
  concat,
  constant,
  conv2d,
  crossEntropy,
  divide,
  fused,
  globalAveragePool,
  identity,
  matMul,
  maxPool,
  mean,
  multiply,
  negate,
  pad,
  relu,
  reshape,
  slice,
  split,
  smoothedTargets,
  sparseCrossEntropy,
  everyPixel,
  subtract,
  sum,
  transpose,
  type Tensor,
} from '@fathom/graph';

type F32 = Tensor<'float32'>;

export interface GradientCase {
  readonly shapes: readonly (readonly number[])[];
  readonly build: (...inputs: F32[]) => F32;
  /** Values other than noise for an input: positive ones, say. */
  readonly map?: (value: number, input: number) => number;
  /** What the gradients are rounded to, relative; float32's where absent. */
  readonly precision?: number;
}

const positive = (value: number) => Math.abs(value) + 0.5;
/** Away from the corners of ReLU and ties of max, where a difference quotient means nothing. */
const distinct = (value: number) => Math.round(value * 40) / 10 + 0.05;

const batchNormCase = (build: typeof batchNormInference) => (x: F32, scale: F32, offset: F32) => {
  const c = [0.1, -0.2, 0.3];
  return build({
    x,
    scale,
    offset,
    runningMean: constant(x.graph, 'float32', c),
    runningVariance: constant(x.graph, 'float32', [0.5, 1, 2]),
  });
};

export const gradientCases = {
  add: {
    shapes: [
      [2, 3],
      [2, 3],
    ],
    build: add,
  },
  'add, broadcast': {
    shapes: [
      [2, 1, 3],
      [4, 1],
    ],
    build: add,
  },
  subtract: { shapes: [[2, 3], [3]], build: subtract },
  multiply: {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: multiply,
  },
  divide: { shapes: [[2, 3], [3]], build: divide, map: (v, i) => (i === 1 ? positive(v) : v) },
  negate: { shapes: [[3]], build: negate },
  'sum of three': { shapes: [[3], [3], [3]], build: (...xs) => addAll(xs) },
  identity: { shapes: [[3]], build: (x) => identity(x) },
  relu: { shapes: [[4, 5]], build: relu, map: distinct },
  'a fused sum': {
    shapes: [
      [4, 5],
      [4, 5],
    ],
    build: (a, b) =>
      reshape(
        fused('Sum', [a, b], add, (_, [g]) => [g, g]),
        [4, 5],
      ),
  },
  sum: { shapes: [[2, 3, 4]], build: (x) => sum(x, [0, 2]) },
  mean: { shapes: [[2, 3, 4]], build: (x) => mean(x, [1]) },
  'global average pool': { shapes: [[2, 4, 4, 3]], build: globalAveragePool },
  reshape: { shapes: [[2, 3]], build: (x) => multiply(reshape(x, [6]), reshape(x, [6])) },
  transpose: { shapes: [[2, 3, 4]], build: (x) => transpose(x, [2, 0, 1]) },
  pad: {
    shapes: [[2, 3]],
    build: (x) =>
      pad(x, [
        [1, 0],
        [2, 1],
      ]),
  },
  'pad with a value': {
    shapes: [[2, 3]],
    build: (x) =>
      pad(
        x,
        [
          [1, 0],
          [2, 1],
        ],
        7,
      ),
  },
  slice: { shapes: [[4, 5]], build: (x) => slice(x, [1, 2], [2, 3]) },
  'every pixel': {
    shapes: [[2, 5, 6, 3]],
    build: (x) => everyPixel(x, { top: 1, left: 1, step: 2, rows: 2, columns: 3 }),
  },
  'every pixel, one by one': {
    shapes: [[1, 4, 5, 2]],
    build: (x) => everyPixel(x, { left: 2, step: 1, rows: 3, columns: 2 }),
  },
  concat: {
    shapes: [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    build: (a, b, c) => concat([a, b, c], 1),
  },
  split: {
    shapes: [[6, 2]],
    // The second part does not count.
    build: (x) => {
      const [a, , c] = split(x, [1, 3, 2]);
      return concat([c!, multiply(a!, a!)], 0);
    },
  },
  broadcast: { shapes: [[2, 1]], build: (x) => broadcastTo(x, [3, 2, 4]) },
  matmul: {
    shapes: [
      [2, 3],
      [3, 4],
    ],
    build: (a, b) => matMul(a, b),
  },
  'matmul, a transposed': {
    shapes: [
      [3, 2],
      [3, 4],
    ],
    build: (a, b) => matMul(a, b, { transposeA: true }),
  },
  'matmul, b transposed': {
    shapes: [
      [2, 3],
      [4, 3],
    ],
    build: (a, b) => matMul(a, b, { transposeB: true }),
  },
  'matmul, both transposed': {
    shapes: [
      [3, 2],
      [4, 3],
    ],
    build: (a, b) => matMul(a, b, { transposeA: true, transposeB: true }),
  },
  'bias add': { shapes: [[2, 3], [3]], build: biasAdd },
  'conv 1x1': {
    shapes: [
      [2, 4, 4, 3],
      [1, 1, 3, 2],
    ],
    build: (x, w) => conv2d(x, w),
  },
  'conv 3x3': {
    shapes: [
      [2, 5, 5, 2],
      [3, 3, 2, 3],
    ],
    build: (x, w) => conv2d(x, w, { padding: 1 }),
  },
  'conv 3x3/2, even': {
    shapes: [
      [2, 6, 6, 2],
      [3, 3, 2, 3],
    ],
    build: (x, w) => conv2d(x, w, { padding: 1, stride: 2 }),
  },
  'conv 3x3/2, odd': {
    shapes: [
      [2, 7, 7, 2],
      [3, 3, 2, 3],
    ],
    build: (x, w) => conv2d(x, w, { padding: 1, stride: 2 }),
  },
  'conv 7x7/2': {
    shapes: [
      [1, 12, 12, 2],
      [7, 7, 2, 3],
    ],
    build: (x, w) => conv2d(x, w, { padding: 3, stride: 2 }),
  },
  'conv 1x1/2': {
    shapes: [
      [2, 6, 6, 2],
      [1, 1, 2, 3],
    ],
    build: (x, w) => conv2d(x, w, { stride: 2 }),
  },
  'max pool': {
    shapes: [[2, 8, 8, 2]],
    build: (x) => maxPool(x, { size: 3, stride: 2, padding: 1 }),
  },
  'max pool of negative values': {
    shapes: [[1, 5, 5, 1]],
    build: (x) => maxPool(x, { size: 3, stride: 2, padding: 1 }),
    map: (v) => v - 3,
  },
  'batch norm, training': {
    shapes: [[3, 4, 4, 3], [3], [3]],
    build: batchNormCase((inputs) => batchNormTraining(inputs).y),
  },
  'batch norm, inference': { shapes: [[3, 4, 4, 3], [3], [3]], build: batchNormCase(batchNormInference) },
  'cross entropy': {
    shapes: [[3, 5]],
    build: (x) => sparseCrossEntropy(x, constant(x.graph, 'int32', [0, 4, 2])),
  },
  'cross entropy, smoothed': {
    shapes: [[3, 5]],
    build: (x) => crossEntropy(x, smoothedTargets(constant(x.graph, 'int32', [0, 4, 2]), 5, 0.1)),
  },
  'cast to bfloat16 and back': {
    shapes: [[3]],
    build: (x) => cast(cast(x, 'bfloat16'), 'float32'),
    // The gradient goes through bfloat16 as well: 8 bits.
    precision: 2 ** -8,
  },
} satisfies Record<string, GradientCase>;
