import type { Attributes } from '../attribute';
import type { FloatDType } from '../dtype';
import type { Shape } from '../shape';
import type { Tensor } from '../tensor';
import { constant } from './source';

export const INPUT_GRADIENT = 'Conv2DBackpropInput';

/** dLoss/dInput of a convolution: the transposed convolution of the upstream gradient. */
export function inputGradient<D extends FloatDType>(
  inputShape: Shape,
  filter: Tensor<D>,
  upstream: Tensor<D>,
  attributes: Attributes,
): Tensor<D> {
  const { graph } = upstream;
  const [out] = graph.add({
    type: INPUT_GRADIENT,
    inputs: [constant(graph, 'int32', inputShape), filter, upstream],
    attributes,
    outputs: [{ dtype: upstream.dtype, shape: inputShape }],
  });
  return out;
}
