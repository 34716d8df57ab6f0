import type * as Tfjs from '@tensorflow/tfjs-node-gpu';
import { loadTensorFlow } from '../library';
import type { gradientCases } from './gradient-cases';

const { tf } = loadTensorFlow();

type Twin = (...inputs: Tfjs.Tensor[]) => Tfjs.Tensor;

/** Symmetric padding of images, as tfjs's layers do not have it. */
const padded = (x: Tfjs.Tensor, by: number, value = 0) =>
  tf.pad4d(
    x as Tfjs.Tensor4D,
    [
      [0, 0],
      [by, by],
      [by, by],
      [0, 0],
    ],
    value,
  );
const conv =
  (stride: number, padding: number): Twin =>
  (x, w) =>
    tf.conv2d(padded(x, padding), w as Tfjs.Tensor4D, stride, 'valid');
const matMul =
  (transposeA: boolean, transposeB: boolean): Twin =>
  (a, b) =>
    tf.matMul(a, b, transposeA, transposeB);
const maxPool: Twin = (x) => tf.maxPool(padded(x, 1, -1e30), 3, 2, 'valid');
const crossEntropy =
  (smoothing: number): Twin =>
  (x) => {
    const hot = tf.oneHot(tf.tensor1d([0, 4, 2], 'int32'), 5);
    const targets = tf.add(tf.mul(hot, 1 - smoothing), smoothing / 5);
    return tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(x as Tfjs.Tensor2D)), 1));
  };

/** The same as each case, in tfjs's own eager operations. */
export const eagerTwins: Readonly<Record<keyof typeof gradientCases, Twin>> = {
  add: (a, b) => tf.add(a, b),
  'add, broadcast': (a, b) => tf.add(a, b),
  subtract: (a, b) => tf.sub(a, b),
  multiply: (a, b) => tf.mul(a, b),
  divide: (a, b) => tf.div(a, b),
  negate: (x) => tf.neg(x),
  'sum of three': (...xs) => tf.addN(xs),
  identity: (x) => tf.clone(x),
  relu: (x) => tf.relu(x),
  'a fused sum': (a, b) => tf.add(a, b),
  sum: (x) => tf.sum(x, [0, 2]),
  mean: (x) => tf.mean(x, [1]),
  'global average pool': (x) => tf.mean(x, [1, 2]),
  reshape: (x) => tf.mul(tf.reshape(x, [6]), tf.reshape(x, [6])),
  transpose: (x) => tf.transpose(x, [2, 0, 1]),
  pad: (x) =>
    tf.pad(x, [
      [1, 0],
      [2, 1],
    ]),
  'pad with a value': (x) =>
    tf.pad(
      x,
      [
        [1, 0],
        [2, 1],
      ],
      7,
    ),
  slice: (x) => tf.slice(x, [1, 2], [2, 3]),
  // tfjs has no gradient of stridedSlice.
  'every pixel': (x) => tf.gather(tf.gather(x, [1, 3], 1), [1, 3, 5], 2),
  'every pixel, one by one': (x) => tf.slice(x, [0, 0, 2, 0], [1, 3, 2, 2]),
  concat: (...xs) => tf.concat(xs, 1),
  split: (x) => {
    const [a, , c] = tf.split(x, [1, 3, 2]);
    return tf.concat([c!, tf.square(a!)]);
  },
  broadcast: (x) => tf.broadcastTo(x, [3, 2, 4]),
  matmul: matMul(false, false),
  'matmul, a transposed': matMul(true, false),
  'matmul, b transposed': matMul(false, true),
  'matmul, both transposed': matMul(true, true),
  'bias add': (x, bias) => tf.add(x, bias),
  'conv 1x1': conv(1, 0),
  'conv 3x3': conv(1, 1),
  'conv 3x3/2, even': conv(2, 1),
  'conv 3x3/2, odd': conv(2, 1),
  'conv 7x7/2': conv(2, 3),
  // oneDNN's gradient of such a filter in steps is wrong at times where there is AVX2 and no more: tfjs asks for it, we do not.
  'conv 1x1/2': (x, w) => conv(1, 0)(tf.gather(tf.gather(x, [0, 2, 4], 1), [0, 2, 4], 2), w),
  'max pool': maxPool,
  'max pool of negative values': maxPool,
  'batch norm, training': (x, scale, offset) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    return tf.batchNorm(x, mean, variance, offset, scale, 1e-5);
  },
  'batch norm, inference': (x, scale, offset) =>
    tf.batchNorm(x, tf.tensor1d([0.1, -0.2, 0.3]), tf.tensor1d([0.5, 1, 2]), offset, scale, 1e-5),
  'cross entropy': crossEntropy(0),
  'cross entropy, smoothed': crossEntropy(0.1),
  // tfjs has no bfloat16.
  'cast to bfloat16 and back': (x) => tf.clone(x),
};
