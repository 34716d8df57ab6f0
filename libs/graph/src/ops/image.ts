import { checksFor } from '../checks';
import type { NumericDType } from '../dtype';
import { sizeOf, type Shape } from '../shape';
import type { Tensor } from '../tensor';
import { add, cast, divide, floor, multiply, subtract } from './arithmetic';
import { randomUniform, type RandomKey } from './random';
import { bytesOf, gather } from './gather';
import { reshape } from './shape';
import { pad, slice } from './slice';
import { constant, placeholder } from './source';
import { broadcastTo } from './sum';
import type { Graph } from '../graph';

/** How many int32 carry `count` bytes. */
export const packedLength = (count: number): number => Math.ceil(count / 4);

/**
 * A placeholder for uint8 values, fed as int32 of four bytes each: int32 tensors stay on the host until the graph
 * runs, whereas float and uint8 ones may be copied to a device and back first.
 *
 * Fed shape: [packedLength(size)]; bytes beyond `shape` are ignored.
 */
export function packedBytes(graph: Graph, name: string, shape: Shape): Tensor<'uint8'> {
  return unpackBytes(placeholder(graph, name, 'int32', [packedLength(sizeOf(shape))]), shape);
}

/** The uint8 values that int32 carry, four bytes each; bytes beyond `shape` are ignored. */
export function unpackBytes(packed: Tensor<'int32'>, shape: Shape): Tensor<'uint8'> {
  const bytes = bytesOf(packed);
  return reshape(slice(reshape(bytes, [sizeOf(bytes.shape)]), [0], [sizeOf(shape)]), shape);
}

/**
 * (x / 255 - mean) / std per channel: uint8 [batch, height, width, channels] -> float32.
 *
 * Goes by rows of pixels: to go by single ones, of few channels, takes TensorFlow four times as long.
 *
 * @param mean, std [channels], of x / 255
 */
export function normalise(
  images: Tensor<'uint8'>,
  mean: Tensor<'float32'>,
  std: Tensor<'float32'>,
): Tensor<'float32'> {
  const { graph } = images;
  checksFor(graph, 'normalise').rank('images', images, 4);
  const [batch, height, width, channels] = images.shape as [number, number, number, number];
  const ofRow = (values: Tensor<'float32'>) =>
    reshape(broadcastTo(values, [width, channels]), [width * channels]);
  const rows = reshape(images, [batch, height, width * channels]);
  const scale = ofRow(divide(constant(graph, 'float32', 1 / 255), std));
  const shifted = subtract(multiply(cast(rows, 'float32'), scale), ofRow(divide(mean, std)));
  return reshape(shifted, images.shape);
}

export interface CropAndFlip {
  /** Zeros added on each side before the crop; 0: no crop. */
  readonly padding: number;
  readonly flip: Flip;
}

/** Whether images are mirrored left-right: each with probability 1/2, or those that have a 1 (and not a 0) in int32 [batch]. */
export type Flip = boolean | Tensor<'int32'>;

/**
 * Pads with zeros, crops at a random place to the original size, and mirrors left-right if asked for, each image on
 * its own. One gather: the source pixel of every target pixel is computed, then fetched.
 *
 * @param images [batch, height, width, channels]
 * @returns the same shape and type
 */
export function randomCropAndFlip<D extends NumericDType>(
  images: Tensor<D>,
  key: RandomKey,
  { padding, flip }: CropAndFlip,
): Tensor<D> {
  const { graph } = images;
  checksFor(graph, 'randomCropAndFlip').rank('images', images, 4);
  const [batch, height, width, channels] = images.shape as [number, number, number, number];
  const [paddedHeight, paddedWidth] = [height + 2 * padding, width + 2 * padding];
  const offsets = 2 * padding + 1;

  const draws = randomUniform(key, [3, batch]);
  const draw = (row: number, choices: number): Tensor<'int64'> => {
    const uniform = reshape(slice(draws, [row, 0], [1, batch]), [batch, 1]);
    return cast(floor(multiply(uniform, constant(graph, 'float32', choices))), 'int64');
  };
  const int = (n: number) => constant(graph, 'int64', n);

  // int64, because TensorFlow keeps int32 arithmetic on the host even where a GPU computes.
  const top = add(draw(0, offsets), constant(graph, 'int64', range(batch, paddedHeight), [batch, 1]));
  const rows = multiply(add(top, constant(graph, 'int64', range(height), [1, height])), int(paddedWidth));
  const xs = constant(graph, 'int64', range(width), [1, width]);
  const mirrored = (flipped: Tensor<'int64'>) => {
    // x where flipped is 0, width - 1 - x where it is 1
    const span = subtract(int(width - 1), multiply(xs, int(2)));
    return add(xs, multiply(flipped, span));
  };
  const flipped = flip === true ? draw(2, 2) : flip && reshape(cast(flip, 'int64'), [batch, 1]);
  const columns = add(draw(1, offsets), flipped ? mirrored(flipped) : xs);
  const pixels = add(reshape(rows, [batch, height, 1]), reshape(columns, [batch, 1, width]));

  const padded = pad(images, [
    [0, 0],
    [padding, padding],
    [padding, padding],
    [0, 0],
  ]);
  return gather(reshape(padded, [batch * paddedHeight * paddedWidth, channels]), pixels);
}

const range = (count: number, step = 1): number[] => Array.from({ length: count }, (_, i) => i * step);
