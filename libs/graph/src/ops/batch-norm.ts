import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { FloatDType } from '../dtype';
import { GraphError } from '../graph-error';
import { asFloat, floatInput, floatOutput, type GradientRules } from '../gradient-rule';
import { dimension } from '../shape';
import type { Tensor } from '../tensor';

export interface BatchNormInputs<D extends FloatDType> {
  /** [batch, height, width, channels] */
  readonly x: Tensor<D>;
  /** gamma, [channels] */
  readonly scale: Tensor<'float32'>;
  /** beta, [channels] */
  readonly offset: Tensor<'float32'>;
  /** [channels] */
  readonly runningMean: Tensor<'float32'>;
  /** [channels] */
  readonly runningVariance: Tensor<'float32'>;
}

export interface BatchNormOptions {
  readonly epsilon?: number;
}

export interface TrainedBatchNorm<D extends FloatDType> {
  readonly y: Tensor<D>;
  /** (1 - momentum) running + momentum batch, [channels] */
  readonly nextMean: Tensor<'float32'>;
  /** Same, with the unbiased (n - 1) variance of the batch, as PyTorch and TensorFlow's fused kernel have it. */
  readonly nextVariance: Tensor<'float32'>;
}

/**
 * Batch normalisation with the statistics of the batch (Ioffe and Szegedy 2015, arXiv 1502.03167, algorithm 1):
 * y = scale (x - mean) / sqrt(variance + epsilon) + offset, per channel over batch, height and width.
 *
 * @param options.momentum weight of the new batch in the running statistics, PyTorch's convention
 */
export function batchNormTraining<D extends FloatDType>(
  inputs: BatchNormInputs<D>,
  { epsilon = 1e-5, momentum = 0.1 }: BatchNormOptions & { readonly momentum?: number } = {},
): TrainedBatchNorm<D> {
  const [y, nextMean, nextVariance] = fusedBatchNorm(inputs, epsilon, momentum, true);
  return { y, nextMean, nextVariance };
}

/** The same normalisation with the running statistics: algorithm 2 of the paper. */
export function batchNormInference<D extends FloatDType>(
  inputs: BatchNormInputs<D>,
  { epsilon = 1e-5 }: BatchNormOptions = {},
): Tensor<D> {
  const [y] = fusedBatchNorm(inputs, epsilon, 1, false);
  return y;
}

function fusedBatchNorm<D extends FloatDType>(
  { x, scale, offset, runningMean, runningVariance }: BatchNormInputs<D>,
  epsilon: number,
  momentum: number,
  training: boolean,
) {
  const check = checksFor(x.graph, 'FusedBatchNormV3');
  check.rank('input', x, 4);
  const shape = [dimension(x.shape, -1)];
  check.shape('scale', scale, shape);
  check.shape('offset', offset, shape);
  check.shape('running mean', runningMean, shape);
  check.shape('running variance', runningVariance, shape);
  check.that(momentum > 0 && momentum <= 1, 'a momentum in (0, 1]', momentum);
  const statistic = { dtype: 'float32', shape } as const;
  return x.graph.add({
    type: 'FusedBatchNormV3',
    inputs: [x, scale, offset, runningMean, runningVariance],
    attributes: {
      T: attr.type(x.dtype),
      U: attr.type('float32'),
      epsilon: attr.float(epsilon),
      exponential_avg_factor: attr.float(momentum),
      data_format: attr.string('NHWC'),
      is_training: attr.bool(training),
    },
    // The last three are what the gradient kernel wants back from the forward one.
    outputs: [{ dtype: x.dtype, shape: x.shape }, statistic, statistic, statistic, statistic, statistic],
  });
}

export const batchNormGradients: GradientRules = {
  FusedBatchNormV3: (operation, [upstream, ...others]) => {
    if (others.some((g) => g !== undefined))
      throw new GraphError(
        operation.name,
        'a loss that uses the normalised output only',
        'one that uses statistics',
      );
    if (!upstream) return [];
    const [x, scale] = [floatInput(operation, 0), floatInput(operation, 1)];
    const { T, U, epsilon, data_format, is_training } = operation.attributes;
    if (!T || !U || !epsilon || !data_format || is_training?.kind !== 'bool')
      throw new TypeError(`${operation.name} is not a batch normalisation`);
    // In inference the kernel differentiates with the running statistics in place of the reserved ones.
    const reserved = is_training.value
      ? [floatOutput(operation, 3), floatOutput(operation, 4)]
      : [floatInput(operation, 3), floatInput(operation, 4)];
    const parameter = { dtype: scale.dtype, shape: scale.shape };
    const [dx, dScale, dOffset] = upstream.graph.add({
      type: 'FusedBatchNormGradV3',
      inputs: [upstream, x, scale, ...reserved, floatOutput(operation, 5)],
      attributes: { T, U, epsilon, data_format, is_training },
      outputs: [{ dtype: x.dtype, shape: x.shape }, parameter, parameter, parameter, parameter],
    });
    return [asFloat(dx), asFloat(dScale), asFloat(dOffset)];
  },
};
