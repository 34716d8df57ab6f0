import type { Attributes } from '../attribute';
import type { FloatDType } from '../dtype';
import type { Shape } from '../shape';
import type { Tensor } from '../tensor';
import { matMul } from './dense';
import { concat, reshape } from './shape';
import { pad, slice, stride } from './slice';
import { constant } from './source';

/** A convolution as its gradient sees it: square kernel, equal strides, zeros added evenly on all sides or none. */
interface Geometry {
  readonly kernel: number;
  readonly stride: number;
  /** Pixels of all images of the output. */
  readonly positions: number;
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * dLoss/dFilter of a convolution.
 *
 * TensorFlow's kernel for it reaches half of the speed of a matrix product where images are small and channels many,
 * that is in the last stages of a deep network; there the same sum over positions is written as a matrix product.
 *
 * @param x [batch, height, width, in]
 * @param filterShape [kernel, kernel, in, out]
 * @param upstream [batch, height', width', out]
 * @param attributes of the convolution
 */
export function filterGradient<D extends FloatDType>(
  x: Tensor<D>,
  filterShape: Shape,
  upstream: Tensor<D>,
  attributes: Attributes,
): Tensor<D> {
  const geometry = geometryOf(filterShape, upstream.shape, attributes);
  if (isFasterAsProduct(geometry, x.dtype)) return asProduct(x, filterShape, upstream, geometry);
  const { graph } = upstream;
  const [out] = graph.add({
    type: 'Conv2DBackpropFilter',
    inputs: [x, constant(graph, 'int32', filterShape), upstream],
    attributes,
    outputs: [{ dtype: upstream.dtype, shape: filterShape }],
  });
  return out;
}

function geometryOf(filterShape: Shape, output: Shape, { strides }: Attributes): Geometry {
  const [kernel = 0, , inputs = 0, outputs = 0] = filterShape;
  const step = strides?.kind === 'ints' ? (strides.value[1] ?? 1) : 1;
  const [batch = 0, height = 0, width = 0] = output;
  return { kernel, stride: step, positions: batch * height * width, inputs, outputs };
}

/**
 * Measured with oneDNN on AVX-512 processors; `docs/benchmarks.md` says how much it gives. A kernel of several pixels
 * has its patches written out first, which pays for few positions only, and in bfloat16 only.
 */
function isFasterAsProduct(
  { kernel, positions, inputs, outputs, stride: step }: Geometry,
  dtype: FloatDType,
): boolean {
  if (Math.min(inputs, outputs) < 128) return false;
  if (kernel === 1) return step === 1 && positions <= 12_544;
  return kernel === 3 && dtype === 'bfloat16' && positions <= 1024 && inputs >= 256;
}

/** Patches transposed, times upstream: [kernel kernel in, positions] x [positions, out]. */
function asProduct<D extends FloatDType>(
  x: Tensor<D>,
  filterShape: Shape,
  upstream: Tensor<D>,
  { kernel, positions, inputs, outputs, stride: step }: Geometry,
): Tensor<D> {
  const patches = reshape(patchesOf(x, upstream.shape, kernel, step), [positions, kernel * kernel * inputs]);
  const product = matMul(patches, reshape(upstream, [positions, outputs]), { transposeA: true });
  return reshape(product, filterShape);
}

/** What the kernel sees at every position: [batch, height', width', kernel kernel in]. */
function patchesOf<D extends FloatDType>(
  x: Tensor<D>,
  [, height = 0, width = 0]: Shape,
  kernel: number,
  step: number,
): Tensor<D> {
  if (kernel === 1) return x;
  const [batch = 0, rows = 0, , inputs = 0] = x.shape;
  // A convolution that keeps the size pads inside its kernel; any other one has been given a padded image.
  const missing = ((height - 1) * step + kernel - rows) / 2;
  const edge = [Math.max(0, missing), Math.max(0, missing)] as const;
  const padded = pad(x, [[0, 0], edge, edge, [0, 0]]);
  const span = (size: number) => (size - 1) * step + 1;
  const [first, ...others] = Array.from({ length: kernel * kernel }, (_, tap) => {
    const begin = [0, Math.floor(tap / kernel), tap % kernel, 0];
    return stride(slice(padded, begin, [batch, span(height), span(width), inputs]), [1, step, step, 1]);
  });
  if (!first) throw new RangeError('a kernel has at least one pixel');
  return concat([first, ...others], 3);
}
