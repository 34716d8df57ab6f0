/**
 * What a session of the training graph is fed with: names of placeholders. A call runs over rows of `rowSize` images,
 * `accumulationSteps` of them for each optimiser step.
 */
export const feedNames = {
  /** int32 []: optimiser steps or, in an evaluation, rows of this call */
  count: 'count',
  /** int32 [rows, ceil(bytes of a row / 4)]: uint8 [rowSize, size, size, channels] each, where images are fed */
  images: 'images',
  /** int32 [rows, rowSize], where images are fed */
  labels: 'labels',
  /** int32 [rows, rowSize]: which of the resident images, where there are such */
  indices: 'indices',
  /** float32 [count] */
  learningRates: 'learning_rates',
  /** int32 []: decides the initial weights and, with `firstRow`, the augmentation */
  seed: 'seed',
  /** int32 []: rows that training has seen before this call */
  firstRow: 'first_row',
  /** float32 []: 1, or 0 for steps without cutout and mixup, where training ends with such */
  disturbance: 'disturbance',
  /** int32 [rows, rowSize]: 1 for images to be mirrored, where flips alternate */
  mirrored: 'mirrored',
  /** int32 [1]: where in the resident images a chunk goes */
  chunkBegin: 'chunk/begin',
  /** int32: the bytes of uint8 [chunkRows, size, size, channels] */
  chunkImages: 'chunk/images',
  /** int32 [chunkRows] */
  chunkLabels: 'chunk/labels',
} as const;
