import { convolutionsOf, type Architecture } from './architecture';

/** Trainable numbers: convolution and dense weights, the dense bias, and scale and offset of each normalisation. */
export function countParameters(architecture: Architecture): number {
  const convolutions = convolutionsOf(architecture).map(
    ({ kernel, inputs, outputs }) => kernel * kernel * inputs * outputs + 2 * outputs,
  );
  return total(convolutions) + (architecture.features + 1) * architecture.classes;
}

/** Multiply-accumulates of one image's forward pass: convolutions and the dense layer, as papers count them. */
export function countMacs(architecture: Architecture): number {
  const convolutions = convolutionsOf(architecture).map(
    ({ kernel, inputs, outputs, outputSize }) => kernel * kernel * inputs * outputs * outputSize ** 2,
  );
  return total(convolutions) + architecture.features * architecture.classes;
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0);
