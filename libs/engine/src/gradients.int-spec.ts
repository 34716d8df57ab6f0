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
  globalAveragePool,
  gradientRules,
  gradients,
  Graph,
  identity,
  matMul,
  maxPool,
  mean,
  multiply,
  negate,
  pad,
  placeholder,
  relu,
  reshape,
  slice,
  smoothedTargets,
  sparseCrossEntropy,
  stride,
  subtract,
  sum,
  transpose,
  writeSavedModel,
  type Tensor,
} from '@fathom/graph';
import type * as Tfjs from '@tensorflow/tfjs-node-gpu';
import { openEngine } from './engine';
import { loadTensorFlow } from './library';

const engine = openEngine();
const { tf } = loadTensorFlow();

type F32 = Tensor<'float32'>;

/** Numbers in (-1, 1), the same on every run. */
function noise(count: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return ((state >>> 8) / 2 ** 24) * 2 - 1;
  });
}

const size = (shape: readonly number[]) => shape.reduce((product, dim) => product * dim, 1);

interface Case {
  readonly shapes: readonly (readonly number[])[];
  readonly build: (...inputs: F32[]) => F32;
  /** Values other than noise for an input: positive ones, say. */
  readonly map?: (value: number, input: number) => number;
}

/** loss = sum(weights * build(inputs)), and its gradients by our rules: one session to ask for both. */
function open({ shapes, build, map = (value) => value }: Case) {
  const graph = new Graph();
  const inputs = shapes.map((shape, i) => placeholder(graph, `x${String(i)}`, 'float32', shape));
  const y = build(...inputs);
  const weights = noise(size(y.shape), 99);
  const loss = sum(multiply(y, constant(graph, 'float32', weights, y.shape)));
  const grads = gradients(loss, inputs);
  const used = new Set(graph.operations.map(({ type }) => type));
  const session = engine.load(writeSavedModel(graph));
  const values = shapes.map((shape, i) => noise(size(shape), i + 1).map((v) => map(v, i)));
  const feeds = (at: readonly Float32Array[]) =>
    Object.fromEntries(
      at.map((data, i) => [`x${String(i)}`, { dtype: 'float32' as const, shape: shapes[i]!, data }]),
    );
  return {
    used,
    values,
    weights,
    loss: (at: readonly Float32Array[]) => session.run(feeds(at), [loss.name])[0]!.data[0]!,
    gradients: () =>
      session.run(
        feeds(values),
        grads.map(({ name }) => name),
      ),
    close: () => {
      session.close();
    },
  };
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

const cases: Record<string, Case> = {
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
  stride: { shapes: [[5, 4]], build: (x) => stride(x, [2, 3]) },
  concat: {
    shapes: [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    build: (a, b, c) => concat([a, b, c], 1),
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
};

describe('gradient rules against difference quotients', () => {
  const covered = new Set<string>();

  it.each(Object.entries(cases))('%s', (_, testCase) => {
    const session = open(testCase);
    const step = 1e-2;
    const grads = session.gradients();
    session.values.forEach((values, input) => {
      // Up to 20 coordinates, spread over the input.
      const stepOver = Math.max(1, Math.floor(values.length / 20));
      for (let at = 0; at < values.length; at += stepOver) {
        const moved = (by: number) =>
          session.values.map((v, i) => (i === input ? v.map((x, j) => (j === at ? x + by : x)) : v));
        const quotient = (session.loss(moved(step)) - session.loss(moved(-step))) / (2 * step);
        const given = grads[input]!.data[at]!;
        expect(Math.abs(given - quotient)).toBeLessThan(6e-3 * Math.max(1, Math.abs(quotient)));
      }
    });
    session.used.forEach((type) => covered.add(type));
    session.close();
  });

  it('cover every rule there is', () => {
    const session = open({
      shapes: [[3]],
      build: (x) => cast(cast(x, 'bfloat16'), 'float32'),
    });
    expect(session.gradients()[0]!.data).toHaveLength(3);
    session.used.forEach((type) => covered.add(type));
    session.close();
    expect(Object.keys(gradientRules).filter((type) => !covered.has(type))).toEqual([]);
  });
});

describe("gradient rules against tfjs's own", () => {
  const eager: Record<string, (...inputs: never[]) => unknown> = {};
  const reference = (name: string, f: (...inputs: Tfjs.Tensor[]) => unknown) => {
    eager[name] = f;
  };
  type T4 = Tfjs.Tensor4D;
  type T2 = Tfjs.Tensor2D;
  reference('conv 1x1', (x, w) => tf.conv2d(x as T4, w as T4, 1, 'valid'));
  reference('conv 3x3', (x, w) => tf.conv2d(x as T4, w as T4, 1, 'same'));
  reference('conv 3x3/2, even', (x, w) =>
    tf.conv2d(
      tf.pad4d(x as T4, [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ]),
      w as T4,
      2,
      'valid',
    ),
  );
  reference('conv 7x7/2', (x, w) =>
    tf.conv2d(
      tf.pad4d(x as T4, [
        [0, 0],
        [3, 3],
        [3, 3],
        [0, 0],
      ]),
      w as T4,
      2,
      'valid',
    ),
  );
  reference('max pool', (x) =>
    tf.maxPool(
      tf.pad4d(
        x as T4,
        [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ],
        -1e30,
      ),
      3,
      2,
      'valid',
    ),
  );
  reference('batch norm, training', (x, scale, offset) => {
    const { mean: m, variance } = tf.moments(x, [0, 1, 2]);
    return tf.batchNorm(x, m, variance, offset, scale, 1e-5);
  });
  reference('relu', (x) => tf.relu(x));
  reference('matmul, both transposed', (a, b) => tf.matMul(a, b, true, true));
  reference('global average pool', (x) => tf.mean(x, [1, 2]));
  reference('divide', (a, b) => tf.div(a, b));
  reference('cross entropy', (x) => {
    const labels = tf.oneHot(tf.tensor1d([0, 4, 2], 'int32'), 5);
    return tf.neg(tf.sum(tf.mul(labels, tf.logSoftmax(x as T2)), 1));
  });

  it.each(Object.keys(eager))('%s', (name) => {
    const testCase = cases[name]!;
    const session = open(testCase);
    const ours = session.gradients();
    const theirs = tf.tidy(() => {
      const inputs = session.values.map((v, i) => tf.tensor(v, [...testCase.shapes[i]!]));
      const loss = (...xs: Tfjs.Tensor[]) => {
        const y = eager[name]!(...(xs as never[])) as Tfjs.Tensor;
        return tf.sum(tf.mul(y, tf.tensor(session.weights, y.shape)));
      };
      return tf
        .grads(loss as never)(inputs)
        .map((g) => g.dataSync());
    });
    ours.forEach(({ data }, input) => {
      expect(data).toHaveLength(theirs[input]!.length);
      data.forEach((value, at) => {
        expect(Math.abs(value - theirs[input]![at]!)).toBeLessThan(2e-5 * Math.max(1, Math.abs(value)));
      });
    });
    session.close();
  });
});
