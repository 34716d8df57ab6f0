// The training step of tf.layers: the same network as a layers model, `trainOnBatch` on one batch of random images.
// Weight decay is left out: a regulariser on every layer would make it slower still.
import { createRequire } from 'node:module';
import { serve } from './protocol.mjs';

const require = createRequire(import.meta.url);
const job = JSON.parse(process.argv[2]);
const util = require('node:util');
// Node.js 23 removed functions that tfjs-node 4.22 calls (tensorflow/tfjs#8609).
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;
const tf = require('@tensorflow/tfjs-node-gpu');
const { layers } = tf;

const { depth, imageSize, batchSize, classes } = job;
const input = tf.input({ shape: [imageSize, imageSize, 3] });
const relu = (x) => layers.reLU().apply(x);

function convolution(x, kernelSize, filters, strides, act = true) {
  const options = { useBias: false, kernelInitializer: 'heNormal', padding: 'same' };
  const y = layers.conv2d({ kernelSize, filters, strides, ...options }).apply(x);
  const normalised = layers.batchNormalization({ epsilon: 1e-5, momentum: 0.9 }).apply(y);
  return act ? relu(normalised) : normalised;
}

function block(x, channels, stride, isBottleneck) {
  const outputs = isBottleneck ? 4 * channels : channels;
  const branch = isBottleneck
    ? convolution(convolution(convolution(x, 1, channels, 1), 3, channels, stride), 1, outputs, 1, false)
    : convolution(convolution(x, 3, channels, stride), 3, outputs, 1, false);
  const changes = stride !== 1 || x.shape.at(-1) !== outputs;
  return relu(layers.add().apply([branch, changes ? convolution(x, 1, outputs, stride, false) : x]));
}

function network() {
  const isCifar = imageSize < 64;
  const imagenet = {
    18: [2, 2, 2, 2],
    34: [3, 4, 6, 3],
    50: [3, 4, 6, 3],
    101: [3, 4, 23, 3],
    152: [3, 8, 36, 3],
  };
  const counts = isCifar ? Array.from({ length: 3 }, () => (depth - 2) / 6) : imagenet[depth];
  let x = isCifar ? convolution(input, 3, 16, 1) : convolution(input, 7, 64, 2);
  if (!isCifar) x = layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }).apply(x);
  counts.forEach((count, stage) => {
    for (let i = 0; i < count; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      x = block(x, (isCifar ? 16 : 64) * 2 ** stage, stride, !isCifar && depth >= 50);
    }
  });
  return layers.dense({ units: classes }).apply(layers.globalAveragePooling2d({}).apply(x));
}

const model = tf.model({ inputs: input, outputs: network() });
model.compile({
  optimizer: tf.train.momentum(0.01, 0.9),
  loss: (labels, logits) => tf.losses.softmaxCrossEntropy(labels, logits),
});
const images = tf.randomNormal([batchSize, imageSize, imageSize, 3]);
const labels = tf.oneHot(tf.randomUniform([batchSize], 0, classes, 'int32'), classes).cast('float32');
const trainable = model.trainableWeights.reduce(
  (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
  0,
);

await serve(
  { parameters: trainable, versions: { 'TensorFlow.js': tf.version['tfjs-layers'] } },
  async (count) => {
    let loss = Number.NaN;
    for (let i = 0; i < count; i++) loss = await model.trainOnBatch(images, labels);
    return { steps: count, loss };
  },
  job,
);
