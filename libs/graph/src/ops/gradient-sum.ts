import { constantInput, floatInput, type Gradient } from '../gradient-rule';
import { dimension, sizeOf } from '../shape';
import type { Operation } from '../tensor';
import { add, addAll } from './arithmetic';
import { conv2d } from './convolution';
import { biasAdd } from './dense';
import { INPUT_GRADIENT } from './input-gradient';
import { reverse, transpose } from './shape';
import { constant } from './source';

/** The sum of what flows back to a value from all that used it. */
export const sumOfGradients = (parts: readonly Gradient[]): Gradient =>
  sumWithInputGradient(parts) ?? addAll(parts);

/**
 * The sum of dLoss/dInput of a convolution and what flows back through the shortcut around it, in one pass over
 * memory: a convolution that keeps the size has a convolution with the kernel turned round as its transpose, and
 * TensorFlow's optimiser makes one kernel of convolution, bias and sum.
 *
 * @returns undefined where `parts` are not such a pair, or where the sum costs little beside turning the kernel
 */
function sumWithInputGradient(parts: readonly Gradient[]): Gradient | undefined {
  const [first, second, ...others] = parts;
  if (!first || !second || others.length > 0) return undefined;
  const [convolved, other] = first.operation.type === INPUT_GRADIENT ? [first, second] : [second, first];
  if (convolved.operation.type !== INPUT_GRADIENT || !isWorthwhile(convolved.operation)) return undefined;
  const [filter, upstream] = [floatInput(convolved.operation, 1), floatInput(convolved.operation, 2)];
  const [kernel = 1] = filter.shape;
  const turned = transpose(kernel === 1 ? filter : reverse(filter, [0, 1]), [0, 1, 3, 2]);
  const { graph } = upstream;
  const channels = dimension(convolved.shape, -1);
  const noBias = constant(graph, upstream.dtype, new Float32Array(channels), [channels]);
  return add(biasAdd(conv2d(upstream, turned, { padding: (kernel - 1) / 2 }), noBias), other);
}

/** Measured with oneDNN on AVX-512 processors: for large images and small kernels. */
function isWorthwhile(operation: Operation): boolean {
  const { strides } = operation.attributes;
  const [, height = 0, width = 0, channels = 0] = constantInput(operation, 0);
  const [filter, upstream] = [floatInput(operation, 1), floatInput(operation, 2)];
  const keepsSize =
    strides?.kind === 'ints' &&
    strides.value.every((step) => step === 1) &&
    upstream.shape[1] === height &&
    upstream.shape[2] === width;
  const [kernel = 0] = filter.shape;
  const positions = sizeOf(upstream.shape.slice(0, -1));
  return keepsSize && positions >= 8192 && (kernel === 1 || channels <= 64);
}
