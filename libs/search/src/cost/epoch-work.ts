import type { TrainingConfig } from '@fathom/contracts';

type Precision = TrainingConfig['precision'];

/** What a network costs, whatever the machine; of one image, and of the forward pass, where nothing else is said. */
export interface NetworkCost {
  /** Multiply-accumulates. */
  readonly macs: number;
  /** Bytes that its layers write, as float32. */
  readonly activationBytes: number;
  /** Trainable numbers. */
  readonly parameters: number;
  /** Multiply-accumulates of an optimiser step beside its passes over images. */
  readonly updateMacs: number;
}

/** What is trained in an epoch. */
export interface EpochWork {
  readonly network: NetworkCost;
  readonly precision: Precision;
  readonly batchSize: number;
  readonly trainImages: number;
  /** Evaluated after the epoch. */
  readonly validationImages: number;
}

/** What takes time, in the order of the parts of a {@link CostModel}. */
export const costParts = ['float32', 'bfloat16', 'float16', 'bytes', 'steps'] as const;
export type CostPart = (typeof costParts)[number];

/** Times that a step goes over each activation: written and read, read again, and its gradient written and read. */
const TRAINING_PASSES = 5;
const EVALUATION_PASSES = 2;
/** Of each weight in a step: read for either pass, and gradient, velocity and weight written and read. */
const WEIGHT_PASSES = 8;
/** The forward pass, and the gradients of inputs and of weights, of about the same size each. */
const TRAINING_PRODUCTS = 3;

const bytesOf = (precision: Precision): number => (precision === 'float32' ? 4 : 2);

/**
 * How much of each part an epoch has: floating-point operations at its precision (two for a multiply-accumulate), bytes
 * between memory and processor, optimiser steps.
 */
export function partsOf({
  network,
  precision,
  batchSize,
  trainImages,
  validationImages,
}: EpochWork): Record<CostPart, number> {
  const steps = Math.max(1, Math.floor(trainImages / batchSize));
  const updates = 2 * network.updateMacs * steps;
  const operations = 2 * network.macs * (TRAINING_PRODUCTS * trainImages + validationImages) + updates;
  const passes = TRAINING_PASSES * trainImages + EVALUATION_PASSES * validationImages;
  const activations = (network.activationBytes * bytesOf(precision)) / 4;
  return {
    float32: 0,
    bfloat16: 0,
    float16: 0,
    [precision]: operations,
    bytes: passes * activations + WEIGHT_PASSES * 4 * network.parameters * steps,
    steps,
  };
}
