import type { FloatDType } from '../dtype';
import { dimension, type Shape } from '../shape';
import type { Tensor } from '../tensor';
import { everyPixel } from './every-pixel';
import { concat, reshape, transpose } from './shape';
import { pad, slice } from './slice';

/** How a square kernel goes over images: to which positions, in which steps. */
export interface Sweep {
  /** Pixels of a side of the kernel. */
  readonly kernel: number;
  readonly step: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * What the kernel sees at every position.
 *
 * @param x [batch, height, width, channels]
 * @returns [batch, rows, columns, kernel kernel channels]
 */
export function patchesOf<D extends FloatDType>(x: Tensor<D>, sweep: Sweep): Tensor<D> {
  const { kernel, step, rows, columns } = sweep;
  const whole = padded(x, sweep);
  const taps = Array.from({ length: kernel * kernel }, (_, tap) =>
    everyPixel(whole, { top: Math.floor(tap / kernel), left: tap % kernel, step, rows, columns }),
  );
  return concat(taps, 3);
}

/**
 * Images with step x step pixels as the channels of one, over which the kernel goes in steps of one: `space to depth`.
 *
 * @param x [batch, height, width, channels]
 * @returns [batch, rows + reach, columns + reach, step step channels], where the kernel reaches ceil(kernel / step) - 1
 *   further
 */
export function foldedImages<D extends FloatDType>(x: Tensor<D>, sweep: Sweep): Tensor<D> {
  const { kernel, step, rows, columns } = sweep;
  const [batch, , , channels] = x.shape as [number, number, number, number];
  const reach = Math.ceil(kernel / step) - 1;
  const [height, width] = [rows + reach, columns + reach];
  const whole = padded(x, sweep);
  const box = slice(whole, [0, 0, 0, 0], [batch, height * step, width * step, channels]);
  const cells = transpose(reshape(box, [batch, height, step, width, step, channels]), [0, 1, 3, 2, 4, 5]);
  return reshape(cells, [batch, height, width, step * step * channels]);
}

/**
 * The gradient of a kernel that goes over images, from that of the one that goes over folded images.
 *
 * @param folded [ceil(kernel / step), ceil(kernel / step), step step in, out]
 * @param shape [kernel, kernel, in, out]
 */
export function foldedGradient<D extends FloatDType>(
  folded: Tensor<D>,
  shape: Shape,
  step: number,
): Tensor<D> {
  const [side, inputs, outputs] = [dimension(folded.shape, 0), dimension(shape, 2), dimension(shape, 3)];
  const taps = transpose(reshape(folded, [side, side, step, step, inputs, outputs]), [0, 2, 1, 3, 4, 5]);
  const whole = reshape(taps, [side * step, side * step, inputs, outputs]);
  return slice(whole, [0, 0, 0, 0], shape);
}

/**
 * With the zeros that the kernel sees around the images. A convolution that keeps the size pads inside its kernel; any
 * other one has been given padded images. At their ends they also get what makes whole steps.
 */
function padded<D extends FloatDType>(x: Tensor<D>, { kernel, step, rows, columns }: Sweep): Tensor<D> {
  const edges = (size: number, count: number) => {
    const before = Math.max(0, ((count - 1) * step + kernel - size) / 2);
    const whole = (count + Math.ceil(kernel / step) - 1) * step;
    return [before, Math.max(before, whole - size - before)] as const;
  };
  const [, height = 0, width = 0] = x.shape;
  return pad(x, [[0, 0], edges(height, rows), edges(width, columns), [0, 0]]);
}
