import { crossEntropy, smoothedTargets, sparseCrossEntropy, type Tensor } from '@fathom/graph';

/** What training lowers, per image: [batch] */
export function trainingLoss(
  logits: Tensor<'float32'>,
  labels: Tensor<'int32'>,
  smoothing: number,
): Tensor<'float32'> {
  if (smoothing === 0) return sparseCrossEntropy(logits, labels);
  const [, classes = 0] = logits.shape;
  return crossEntropy(logits, smoothedTargets(labels, classes, smoothing));
}
