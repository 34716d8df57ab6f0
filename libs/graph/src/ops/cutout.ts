import { checksFor } from '../checks';
import type { FloatDType } from '../dtype';
import type { Tensor } from '../tensor';
import { cast, floor, multiply, subtract } from './arithmetic';
import { gather } from './gather';
import { randomUniform, type RandomKey } from './random';
import { reshape } from './shape';
import { slice } from './slice';
import { constant } from './source';

/**
 * Sets a square of each image to zero (DeVries and Taylor 2017, arXiv 1708.04552). Its centre is any pixel of the
 * image with the same probability, so that the square may hang over the edge.
 *
 * @param images [batch, height, width, channels], normalised, so that zero is the mean colour
 * @param side of the square, pixels
 * @param presence scalar: 1, or 0 for no square at all; 1 where absent
 * @returns the same shape and type
 */
export function randomCutout<D extends FloatDType>(
  images: Tensor<D>,
  key: RandomKey,
  side: number,
  presence?: Tensor<D>,
): Tensor<D> {
  const { graph } = images;
  const check = checksFor(graph, 'randomCutout');
  check.rank('images', images, 4);
  check.that(Number.isInteger(side) && side >= 0, 'a whole side of at least 0', side);
  const [batch, height, width] = images.shape as [number, number, number, number];
  const draws = randomUniform(key, [2, batch]);
  /** 1 for the rows (or columns) that the square of an image lies on, else 0: [batch, pixels]. */
  const covered = (row: number, pixels: number) => {
    const uniform = reshape(slice(draws, [row, 0], [1, batch]), [batch]);
    const centre = cast(floor(multiply(uniform, constant(graph, 'float32', pixels))), 'int64');
    return gather(constant(graph, images.dtype, coverage(pixels, side), [pixels, pixels]), centre);
  };
  const rows = reshape(covered(0, height), [batch, height, 1, 1]);
  const columns = reshape(covered(1, width), [batch, 1, width, 1]);
  const hidden = multiply(presence ? multiply(rows, presence) : rows, columns);
  return multiply(images, subtract(constant(graph, images.dtype, 1), hidden));
}

/** By centre: which pixels of a row the square covers. */
function coverage(pixels: number, side: number): Float32Array {
  const table = new Float32Array(pixels * pixels);
  for (let centre = 0; centre < pixels; centre++) {
    const from = centre - Math.floor(side / 2);
    table.fill(1, centre * pixels + Math.max(0, from), centre * pixels + Math.min(pixels, from + side));
  }
  return table;
}
