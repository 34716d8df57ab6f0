import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { NumericDType } from '../dtype';
import type { Tensor } from '../tensor';
import { add, cast, divide, floor, multiply, negate, subtract } from './arithmetic';
import { exp, log, maximum, minimum, sqrt } from './elementwise';
import type { Flip } from './image';
import { randomUniform, type RandomKey } from './random';
import { reshape, stack, transpose } from './shape';
import { slice } from './slice';
import { constant } from './source';

/** Rows and columns of an image. */
export type Size = readonly [height: number, width: number];

/**
 * A part of each image, bilinearly resized. Row i of the result is taken at from + i (to - from) / (rows - 1), where 0
 * is the middle of the first row; columns likewise. Where to < from the part is mirrored.
 *
 * @param images [batch, height, width, channels]
 * @param boxes [batch, 4]: top, left, bottom, right in pixels, from 0 to height - 1 and width - 1
 * @param size rows and columns of the result; those of the whole where absent
 * @returns [batch, ...size, channels]
 */
export function cropAndResize(
  images: Tensor<NumericDType>,
  boxes: Tensor<'float32'>,
  size?: Size,
): Tensor<'float32'> {
  const { graph } = images;
  const check = checksFor(graph, 'CropAndResize');
  check.rank('images', images, 4);
  const [batch, height, width, channels] = images.shape as [number, number, number, number];
  const [outRows, outColumns] = size ?? [height, width];
  check.shape('boxes', boxes, [batch, 4]);
  // The kernel counts in shares of the side; a side of one pixel has no share.
  const [rows, columns] = [Math.max(1, height - 1), Math.max(1, width - 1)];
  const [out] = graph.add({
    type: 'CropAndResize',
    inputs: [
      images,
      divide(boxes, constant(graph, 'float32', [rows, columns, rows, columns])),
      constant(
        graph,
        'int32',
        Array.from({ length: batch }, (_, i) => i),
      ),
      constant(graph, 'int32', [outRows, outColumns]),
    ],
    attributes: {
      T: attr.type(images.dtype),
      method: attr.string('bilinear'),
      extrapolation_value: attr.float(0),
    },
    outputs: [{ dtype: 'float32', shape: [batch, outRows, outColumns, channels] }],
  });
  return out;
}

export interface ResizedCrop {
  /** Least share of the image's area that is kept; the largest is all of it. */
  readonly minimumArea: number;
  /** Largest ratio of the part's sides to each other, relative to that of the image's. */
  readonly maximumRatio: number;
  readonly flip: Flip;
  /** Of the result; that of the images where absent. */
  readonly size?: Size;
}

/** Pixels kept from the edge, because what rounding puts beyond it would be black. */
const MARGIN = 1e-3;

/**
 * Boxes for `cropAndResize`, one for each image, drawn as for Inception (Szegedy et al. 2014, arXiv 1409.4842, section
 * 6): an area that is uniform, an aspect ratio whose logarithm is, and a place. Every draw fits into the image, since
 * large areas take their ratio from those that fit; torchvision's RandomResizedCrop draws again instead, which makes
 * areas near the whole rarer.
 *
 * @param size height and width of the images, pixels
 * @returns [batch, 4]: top, left, bottom, right in pixels
 */
export function randomBoxes(
  key: RandomKey,
  batch: number,
  [height, width]: Size,
  { minimumArea, maximumRatio, flip, size = [height, width] }: ResizedCrop,
): Tensor<'float32'> {
  const { graph } = key;
  const check = checksFor(graph, 'randomBoxes');
  check.that(minimumArea > 0 && minimumArea <= 1, 'a least area in (0, 1]', minimumArea);
  check.that(maximumRatio >= 1, 'a largest ratio of at least 1', maximumRatio);
  const float = (value: number) => constant(graph, 'float32', value);
  const draws = randomUniform(key, [5, batch]);
  const draw = (row: number) => reshape(slice(draws, [row, 0], [1, batch]), [batch]);

  const area = add(float(minimumArea), multiply(draw(0), float(1 - minimumArea)));
  // A part of ratio r has sides sqrt(area r) and sqrt(area / r): it fits while |log r| <= -log area.
  const bound = minimum(float(Math.log(maximumRatio)), negate(log(area)));
  const logRatio = multiply(bound, subtract(multiply(draw(1), float(2)), float(1)));
  const root = sqrt(area);
  const stretch = exp(multiply(logRatio, float(0.5)));

  const span = (side: Tensor<'float32'>, place: Tensor<'float32'>, pixels: number, taken: number) => {
    const length = multiply(minimum(side, float(1)), float(pixels));
    const start = multiply(place, subtract(float(pixels), length));
    // Pixel i of the result covers [i, i + 1) length / taken of the part, and is taken from the middle of that. What
    // lies beyond the middle of the outermost pixels is not interpolated but has their colour.
    const half = multiply(length, float(0.5 / taken));
    const inside = (at: Tensor<'float32'>) => minimum(maximum(at, float(MARGIN)), float(pixels - 1 - MARGIN));
    return [
      inside(add(start, subtract(half, float(0.5)))),
      inside(subtract(add(start, length), add(half, float(0.5)))),
    ] as const;
  };
  const [top, bottom] = span(divide(root, stretch), draw(2), height, size[0]);
  const [left, right] = span(multiply(root, stretch), draw(3), width, size[1]);
  if (!flip) return transpose(stack([top, left, bottom, right]), [1, 0]);
  // 0 or 1: whether left and right change places.
  const mirrored = typeof flip === 'boolean' ? floor(multiply(draw(4), float(2))) : cast(flip, 'float32');
  const shift = multiply(mirrored, subtract(right, left));
  return transpose(stack([top, add(left, shift), bottom, subtract(right, shift)]), [1, 0]);
}

/**
 * A random part of each image, resized to the whole and mirrored left-right if asked for.
 *
 * @param images [batch, height, width, channels]
 * @returns [batch, ...size, channels]
 */
export function randomResizedCrop(
  images: Tensor<'uint8'>,
  key: RandomKey,
  options: ResizedCrop,
): Tensor<'uint8'> {
  checksFor(images.graph, 'randomResizedCrop').rank('images', images, 4);
  const [batch, height, width] = images.shape as [number, number, number, number];
  const boxes = randomBoxes(key, batch, [height, width], options);
  return rounded(cropAndResize(images, boxes, options.size));
}

/**
 * Whole images in another size, bilinearly: pixel i of the result is taken from the middle of what it covers. Half the
 * size gives the means of four pixels; less than that leaves some out.
 *
 * @param images [batch, height, width, channels]
 * @returns [batch, ...size, channels]
 */
export function resize(images: Tensor<'uint8'>, size: Size): Tensor<'uint8'> {
  const { graph } = images;
  checksFor(graph, 'resize').rank('images', images, 4);
  const [batch, height, width] = images.shape as [number, number, number, number];
  if (size[0] === height && size[1] === width) return images;
  const margins = [height / size[0], width / size[1]].map((covered) => (covered - 1) / 2) as [number, number];
  const box = [margins[0], margins[1], height - 1 - margins[0], width - 1 - margins[1]];
  const boxes = constant(graph, 'float32', Array.from({ length: batch }, () => box).flat(), [batch, 4]);
  return rounded(cropAndResize(images, boxes, size));
}

const rounded = (pixels: Tensor<'float32'>): Tensor<'uint8'> =>
  cast(add(pixels, constant(pixels.graph, 'float32', 0.5)), 'uint8');
