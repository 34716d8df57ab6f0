import { attr, type Attributes } from '../attribute';
import { checksFor } from '../checks';
import type { FloatDType } from '../dtype';
import { firstOutputRule, floatInput, type GradientRules } from '../gradient-rule';
import { dimension, showShape, type Shape } from '../shape';
import type { Tensor } from '../tensor';
import { everyPixel } from './every-pixel';
import { filterGradient } from './filter-gradient';
import { pad } from './slice';
import { constant } from './source';
import { resolveWindow } from './window';

/**
 * 2-D convolution without bias.
 *
 * @param x [batch, height, width, in]
 * @param filter [kernelHeight, kernelWidth, in, out]
 * @param options.stride of both axes
 * @param options.padding zeros added on each of the four sides, as in PyTorch. TensorFlow's SAME is not that: at
 *   stride 2 on an even size it pads one side only.
 * @returns [batch, height', width', out] with size' = floor((size + 2 padding - kernel) / stride) + 1
 */
export function conv2d<D extends FloatDType>(
  x: Tensor<D>,
  filter: Tensor<D>,
  { stride = 1, padding = 0 }: { readonly stride?: number; readonly padding?: number } = {},
): Tensor<D> {
  const check = checksFor(x.graph, 'Conv2D');
  check.rank('input', x, 4);
  check.rank('filter', filter, 4);
  check.dtype('filter', filter, x.dtype);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [kernelHeight, kernelWidth, inputs, outputs] = filter.shape as [number, number, number, number];
  check.that(
    inputs === channels,
    `a filter for ${String(channels)} channels, those of the input`,
    showShape(filter.shape),
  );
  const window = resolveWindow(check, [height, width], [kernelHeight, kernelWidth], stride, padding);
  if (stride > 1 && padding === 0 && kernelHeight === 1 && kernelWidth === 1) {
    // What it does not look at is left out first, which is faster, above all for the gradients. oneDNN's own gradient of such a
    // filter (TensorFlow 2.21) is wrong at times on processors with AVX2 and no AVX-512.
    return conv2d(everyPixel(x, { step: stride }), filter);
  }
  const [out] = x.graph.add({
    type: 'Conv2D',
    inputs: [pad(x, window.paddings), filter],
    attributes: {
      T: attr.type(x.dtype),
      data_format: attr.string('NHWC'),
      dilations: attr.ints([1, 1, 1, 1]),
      use_cudnn_on_gpu: attr.bool(true),
      ...window.attributes,
    },
    outputs: [{ dtype: x.dtype, shape: [batch, ...window.outputSize, outputs] }],
  });
  return out;
}

/** dLoss/dInput of a convolution: the transposed convolution of the upstream gradient. */
function conv2dInputGradient<D extends FloatDType>(
  inputShape: Shape,
  filter: Tensor<D>,
  upstream: Tensor<D>,
  attributes: Attributes,
): Tensor<D> {
  const { graph } = upstream;
  const [out] = graph.add({
    type: 'Conv2DBackpropInput',
    inputs: [constant(graph, 'int32', inputShape), filter, upstream],
    attributes,
    outputs: [{ dtype: upstream.dtype, shape: inputShape }],
  });
  return out;
}

export const convolutionGradients: GradientRules = {
  Conv2D: firstOutputRule((g, op, wanted) => {
    const [x, filter] = [floatInput(op, 0), floatInput(op, 1)];
    return [
      wanted[0] ? conv2dInputGradient(x.shape, filter, g, op.attributes) : undefined,
      wanted[1] ? filterGradient(x, filter.shape, g, op.attributes) : undefined,
    ];
  }),
};

/** Fan-in of a filter or a dense weight: how many numbers add up to one output. */
export const fanIn = (shape: Shape): number => shape.slice(0, -1).reduce((product, dim) => product * dim, 1);

/** Fan-out of a filter, as PyTorch counts it: kernel size times output channels. */
export const fanOut = (shape: Shape): number =>
  shape.slice(0, -2).reduce((product, dim) => product * dim, dimension(shape, -1));
