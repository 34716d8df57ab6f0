import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { Tensor } from '../tensor';

/** exp(x) over the sum of exp(x) along the last axis: [batch, classes], rows that add up to 1. Has no gradient. */
export function softmax(logits: Tensor<'float32'>): Tensor<'float32'> {
  checksFor(logits.graph, 'Softmax').rank('logits', logits, 2);
  const [out] = logits.graph.add({
    type: 'Softmax',
    inputs: [logits],
    attributes: { T: attr.type('float32') },
    outputs: [{ dtype: 'float32', shape: logits.shape }],
  });
  return out;
}
