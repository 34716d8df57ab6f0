import { checksFor } from '../checks';
import type { NumericDType } from '../dtype';
import { showShape, type Shape } from '../shape';
import type { Tensor } from '../tensor';
import { reshape } from './shape';
import { pad, slice } from './slice';

/** Which pixels: row `top` + i `step` and column `left` + j `step`; all there are, or `rows` and `columns` of them. */
export interface PixelGrid {
  readonly top?: number;
  readonly left?: number;
  readonly step: number;
  readonly rows?: number;
  readonly columns?: number;
}

/**
 * Every step-th pixel of images, all channels of it.
 *
 * Written as a slice of the image with `step` neighbours side by side: TensorFlow's StridedSlice goes from element to
 * element, which takes ten times as long.
 *
 * @param x [batch, height, width, channels]
 * @returns [batch, rows, columns, channels]
 */
export function everyPixel<D extends NumericDType>(
  x: Tensor<D>,
  { top = 0, left = 0, step, ...counts }: PixelGrid,
): Tensor<D> {
  const check = checksFor(x.graph, 'everyPixel');
  check.rank('images', x, 4);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  check.that(Number.isInteger(step) && step >= 1, 'a whole step of at least 1', step);
  const { rows = Math.ceil((height - top) / step), columns = Math.ceil((width - left) / step) } = counts;
  const last = [top + (rows - 1) * step, left + (columns - 1) * step] as const;
  check.that(last[0] < height && last[1] < width, `pixels inside ${showShape(x.shape)}`, showShape(last));
  if (step === 1) return slice(x, [0, top, left, 0], [batch, rows, columns, channels]);
  const whole = pad(x, [[0, 0], missing(height, step), missing(width, step), [0, 0]]);
  const cells: Shape = [batch, Math.ceil(height / step), step, Math.ceil(width / step), step * channels];
  const at = [Math.floor(top / step), top % step, Math.floor(left / step), (left % step) * channels];
  const picked = slice(reshape(whole, cells), [0, ...at], [batch, rows, 1, columns, channels]);
  return reshape(picked, [batch, rows, columns, channels]);
}

/** What an axis lacks to a multiple of `step`, after its end. */
const missing = (size: number, step: number) => [0, (step - (size % step)) % step] as const;
