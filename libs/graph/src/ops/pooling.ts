import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { FloatDType } from '../dtype';
import { firstOutputRule, floatInput, floatOutput, type GradientRules } from '../gradient-rule';
import type { Tensor } from '../tensor';
import { mean } from './mean';
import { pad } from './slice';
import { resolveWindow } from './window';

/**
 * Largest value of each window.
 *
 * @param x [batch, height, width, channels]
 * @param options.size of the square window
 * @param options.padding on each of the four sides, as in PyTorch; padded cells never win
 * @returns [batch, height', width', channels] with size' = floor((size + 2 padding - window) / stride) + 1
 */
export function maxPool<D extends FloatDType>(
  x: Tensor<D>,
  {
    size,
    stride,
    padding = 0,
  }: { readonly size: number; readonly stride: number; readonly padding?: number },
): Tensor<D> {
  const check = checksFor(x.graph, 'MaxPool');
  check.rank('input', x, 4);
  check.that(padding * 2 <= size, 'a padding of at most half the window', padding);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const window = resolveWindow(check, [height, width], [size, size], stride, padding);
  const [out] = x.graph.add({
    type: 'MaxPool',
    inputs: [pad(x, window.paddings, -Infinity)],
    attributes: {
      T: attr.type(x.dtype),
      data_format: attr.string('NHWC'),
      ksize: attr.ints([1, size, size, 1]),
      ...window.attributes,
    },
    outputs: [{ dtype: x.dtype, shape: [batch, ...window.outputSize, channels] }],
  });
  return out;
}

/** Mean over height and width: [batch, height, width, channels] -> [batch, channels]. */
export function globalAveragePool<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  checksFor(x.graph, 'Mean').rank('input', x, 4);
  return mean(x, [1, 2]);
}

export const poolingGradients: GradientRules = {
  MaxPool: firstOutputRule((g, op) => {
    const [x, y] = [floatInput(op, 0), floatOutput(op, 0)];
    const [out] = g.graph.add({
      type: 'MaxPoolGrad',
      inputs: [x, y, g],
      attributes: op.attributes,
      outputs: [{ dtype: x.dtype, shape: x.shape }],
    });
    return [out];
  }),
};
