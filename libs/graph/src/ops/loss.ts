import { attr } from '../attribute';
import { checksFor } from '../checks';
import { firstOutputRule, floatOutput, inputOf, type GradientRules } from '../gradient-rule';
import { dimension } from '../shape';
import type { Tensor } from '../tensor';
import { multiply } from './arithmetic';
import { reshape } from './shape';
import { constant } from './source';

/**
 * Cross entropy of class indices, per example: -log softmax(logits)[label].
 *
 * @param logits [batch, classes]
 * @param labels [batch], 0 to classes - 1; others make the run fail (CPU) or give NaN (GPU)
 * @returns [batch]
 */
export function sparseCrossEntropy(logits: Tensor<'float32'>, labels: Tensor<'int32'>): Tensor<'float32'> {
  const check = checksFor(logits.graph, 'SparseSoftmaxCrossEntropyWithLogits');
  check.rank('logits', logits, 2);
  const batch = [dimension(logits.shape, 0)];
  check.shape('labels', labels, batch);
  const [loss] = logits.graph.add({
    type: 'SparseSoftmaxCrossEntropyWithLogits',
    inputs: [logits, labels],
    attributes: { T: attr.type('float32'), Tlabels: attr.type('int32') },
    // The kernel computes dLoss/dLogits along the way: output 1.
    outputs: [
      { dtype: 'float32', shape: batch },
      { dtype: 'float32', shape: logits.shape },
    ],
  });
  return loss;
}

/**
 * Cross entropy of class distributions, per example: -sum over classes of target log softmax(logits).
 *
 * @param logits [batch, classes]
 * @param targets [batch, classes], rows that add up to 1; constants to the gradient
 * @returns [batch]
 */
export function crossEntropy(logits: Tensor<'float32'>, targets: Tensor<'float32'>): Tensor<'float32'> {
  const check = checksFor(logits.graph, 'SoftmaxCrossEntropyWithLogits');
  check.rank('logits', logits, 2);
  check.shape('targets', targets, logits.shape);
  const [loss] = logits.graph.add({
    type: 'SoftmaxCrossEntropyWithLogits',
    inputs: [logits, targets],
    attributes: { T: attr.type('float32') },
    outputs: [
      { dtype: 'float32', shape: [dimension(logits.shape, 0)] },
      { dtype: 'float32', shape: logits.shape },
    ],
  });
  return loss;
}

/**
 * Targets with `smoothing` of the probability spread evenly over all classes (Szegedy et al. 2015,
 * arXiv 1512.00567, section 7): [batch] -> [batch, classes].
 */
export function smoothedTargets(
  labels: Tensor<'int32'>,
  classes: number,
  smoothing: number,
): Tensor<'float32'> {
  const { graph } = labels;
  const check = checksFor(graph, 'OneHot');
  check.rank('labels', labels, 1);
  check.that(smoothing >= 0 && smoothing < 1, 'a smoothing in [0, 1)', smoothing);
  const off = smoothing / classes;
  const [out] = graph.add({
    type: 'OneHot',
    inputs: [
      labels,
      constant(graph, 'int32', classes),
      constant(graph, 'float32', 1 - smoothing + off),
      constant(graph, 'float32', off),
    ],
    attributes: { T: attr.type('float32'), TI: attr.type('int32'), axis: attr.int(-1) },
    outputs: [{ dtype: 'float32', shape: [dimension(labels.shape, 0), classes] }],
  });
  return out;
}

const scaledBackprop = firstOutputRule((g, op) => {
  const batch = dimension(inputOf(op, 0).shape, 0);
  return [multiply(reshape(g, [batch, 1]), floatOutput(op, 1))];
});

export const lossGradients: GradientRules = {
  SparseSoftmaxCrossEntropyWithLogits: scaledBackprop,
  SoftmaxCrossEntropyWithLogits: scaledBackprop,
};
