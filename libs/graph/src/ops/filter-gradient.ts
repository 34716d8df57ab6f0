import { attr, type Attributes } from '../attribute';
import type { FloatDType } from '../dtype';
import type { Shape } from '../shape';
import type { Tensor } from '../tensor';
import { matMul } from './dense';
import { foldedGradient, foldedImages, patchesOf, type Sweep } from './patches';
import { reshape } from './shape';
import { constant, identity } from './source';

/** A convolution as its gradient sees it: square kernel, equal strides, zeros added evenly on all sides or none. */
interface Geometry extends Sweep {
  /** Pixels of all images of the output. */
  readonly positions: number;
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * dLoss/dFilter of a convolution.
 *
 * TensorFlow's kernel for it reaches a half to a sixth of the speed of a matrix product where images are small and
 * channels many, that is in the last stages of a deep network; there the same sum over positions is written as a
 * matrix product. Where there are tiles it is slow for the three channels of an image, too, which are folded to more.
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
  const short = x.dtype === 'bfloat16';
  const tiles = short && x.graph.target.tiles;
  // What is made of `x` would else be made as soon as `x` is there, and be kept until the gradient is.
  const later = () => identity(x, { after: [upstream.operation] });
  if (isFasterAsProduct(geometry, { short, tiles }))
    return asProduct(later(), filterShape, upstream, geometry);
  if (tiles && geometry.step > 1 && geometry.inputs < 16)
    return asFolded(later(), filterShape, upstream, geometry, attributes);
  return backpropFilter(x, filterShape, upstream, attributes);
}

function backpropFilter<D extends FloatDType>(
  x: Tensor<D>,
  filterShape: Shape,
  upstream: Tensor<D>,
  attributes: Attributes,
): Tensor<D> {
  const { graph } = x;
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
  const [batch = 0, rows = 0, columns = 0] = output;
  return { kernel, step, rows, columns, positions: batch * rows * columns, inputs, outputs };
}

/**
 * Measured with oneDNN on AVX-512 processors with and without tiles; `docs/benchmarks.md` says how much it gives. A
 * kernel of several pixels has its patches written out first, which pays for few positions only.
 */
function isFasterAsProduct(
  { kernel, positions, inputs, outputs, step }: Geometry,
  { short, tiles }: { readonly short: boolean; readonly tiles: boolean },
): boolean {
  const narrow = Math.min(inputs, outputs);
  if (kernel === 1) return tiles || (narrow >= 128 && positions <= 12_544);
  if (kernel !== 3 || narrow < 128) return false;
  if (tiles || (short && step > 1)) return positions <= 3136;
  return inputs >= 256 && positions <= 1024 && (short || step > 1);
}

/** Patches transposed, times upstream: [kernel kernel in, positions] x [positions, out]. */
function asProduct<D extends FloatDType>(
  x: Tensor<D>,
  filterShape: Shape,
  upstream: Tensor<D>,
  geometry: Geometry,
): Tensor<D> {
  const { kernel, positions, inputs, outputs } = geometry;
  const patches = reshape(patchesOf(x, geometry), [positions, kernel * kernel * inputs]);
  const product = matMul(patches, reshape(upstream, [positions, outputs]), { transposeA: true });
  return reshape(product, filterShape);
}

/** As of a convolution in steps of one over images whose neighbouring pixels are channels of one. */
function asFolded<D extends FloatDType>(
  x: Tensor<D>,
  filterShape: Shape,
  upstream: Tensor<D>,
  geometry: Geometry,
  attributes: Attributes,
): Tensor<D> {
  const images = foldedImages(x, geometry);
  const { kernel, step, inputs, outputs } = geometry;
  const folded = Math.ceil(kernel / step);
  const gradient = backpropFilter(images, [folded, folded, step * step * inputs, outputs], upstream, {
    ...attributes,
    strides: attr.ints([1, 1, 1, 1]),
    padding: attr.string('VALID'),
  });
  return foldedGradient(gradient, filterShape, step);
}
