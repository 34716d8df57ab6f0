// Loads @tensorflow/tfjs-node-gpu in a process of its own, multiplies two matrices, prints TensorFlow's version.
// A library that cannot be loaded, or crashes, ends this process and not the set-up.
const util = require('node:util');
// Node 23 removed these two, which tfjs 4.22 still calls.
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;
process.noDeprecation = true;
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

const tf = require('@tensorflow/tfjs-node-gpu');
const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])).dataSync();
if (product.join() !== '19,22,43,50') throw new Error(`a matrix product came out as ${product.join()}`);
const { binding, isUsingGPUDevice } = tf.backend();
process.stdout.write(JSON.stringify({ version: binding.TF_Version, gpu: isUsingGPUDevice === true }));
