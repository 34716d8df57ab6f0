// What is measured: networks by name, and for each what a training step of it costs in arithmetic and memory.
import { convolutionsOf, countMacs, countParameters, resolveArchitecture } from '@fathom/resnet';
import { trainingConfigSchema } from '@fathom/contracts';

export const precisions = ['float32', 'bfloat16'];

const networks = {
  resnet20: { depth: 20, imageSize: 32, batchSize: 128, classes: 10, rounds: 10 },
  resnet110: { depth: 110, imageSize: 32, batchSize: 128, classes: 10, rounds: 8 },
  resnet18: { depth: 18, imageSize: 224, batchSize: 16, classes: 1000, rounds: 8 },
  resnet34: { depth: 34, imageSize: 224, batchSize: 16, classes: 1000, rounds: 6 },
  resnet50: { depth: 50, imageSize: 224, batchSize: 16, classes: 1000, rounds: 7 },
  resnet101: { depth: 101, imageSize: 224, batchSize: 16, classes: 1000, rounds: 5 },
  resnet152: { depth: 152, imageSize: 224, batchSize: 16, classes: 1000, rounds: 5 },
};

export const caseNames = Object.keys(networks);
/** Those of a run that names none. */
export const defaultCases = ['resnet20', 'resnet110', 'resnet18', 'resnet50', 'resnet152'];

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {string} title in tables
 * @property {number} depth
 * @property {number} imageSize pixels per side
 * @property {number} batchSize images per step
 * @property {number} classes
 * @property {number} rounds by default
 * @property {number} parameters trainable numbers, which every contender's network must have
 * @property {number} flops of one training step
 * @property {number} activations numbers that the convolutions of one forward pass of a batch put out
 */

/** @returns {Case} */
export function caseOf(name, batchSize = networks[name].batchSize) {
  const network = { ...networks[name], batchSize };
  const config = trainingConfigSchema.parse({ depth: network.depth, batchSize });
  const { imageSize, classes } = network;
  const architecture = resolveArchitecture(config, { imageSize, channels: 3, classes });
  const convolutions = convolutionsOf(architecture);
  const { kernel, inputs, outputs, outputSize } = architecture.stem;
  const stemMacs = kernel ** 2 * inputs * outputs * outputSize ** 2;
  return {
    name,
    title: titleOf(network),
    ...network,
    parameters: countParameters(architecture),
    // Forward, gradient of the weights and gradient of the input, which the first layer does not need.
    flops: 2 * batchSize * (3 * countMacs(architecture) - stemMacs),
    activations:
      batchSize * convolutions.reduce((sum, layer) => sum + layer.outputs * layer.outputSize ** 2, 0),
  };
}

const titleOf = ({ depth, imageSize, batchSize }) => `ResNet-${depth}, ${imageSize} px, batch ${batchSize}`;
