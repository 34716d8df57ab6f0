import type { TrainingConfig } from '@fathom/contracts';
import {
  randomCropAndFlip,
  randomCutout,
  randomResizedCrop,
  resize,
  streamOf,
  type RandomKey,
  type Tensor,
} from '@fathom/graph';
import { faded, randomMixture, type Mixture } from './mixup';

/** Streams of the step's key, one for each thing that is drawn; mixup takes four. */
const streams = { place: 0, cutout: 1, mixup: 2 } as const;

/** torchvision's RandomResizedCrop takes from 8 % of the area on, and ratios of up to 4:3. */
const MINIMUM_AREA = 0.08;
const MAXIMUM_RATIO = 4 / 3;
/**
 * Of small images at least a quarter is kept: 8 % of 32 x 32 pixels are 9 x 9, in which what an image shows can often
 * not be told any more.
 */
const SMALL_SIZE = 64;
const SMALL_MINIMUM_AREA = 0.25;

export type FlippingConfig = Pick<TrainingConfig, 'augment' | 'flipping'>;

/** Whether a step is told which of its images are mirrored. */
export const flipsAlternate = ({ augment, flipping }: FlippingConfig): boolean =>
  flipping === 'alternating' && augment !== 'none';

export interface Augmentation {
  readonly kind: TrainingConfig['augment'];
  /** Pixels per side of what comes out. */
  readonly size: number;
  /** 1 for the images that are mirrored, else 0: [batch]. Drawn where absent. */
  readonly mirrored?: Tensor<'int32'> | undefined;
}

/**
 * Moves training images at random, each on its own.
 *
 * @param images [batch, height, width, channels]
 * @returns [batch, size, size, channels]
 */
export function augment(
  images: Tensor<'uint8'>,
  key: RandomKey,
  { kind, size, mirrored }: Augmentation,
): Tensor<'uint8'> {
  const [, whole = 0] = images.shape;
  const draw = streamOf(key, streams.place);
  const flip = mirrored ?? true;
  const resized = (moved: Tensor<'uint8'>) => resize(moved, [size, size]);
  switch (kind) {
    case 'none':
      return resized(images);
    case 'flip':
      return resized(randomCropAndFlip(images, draw, { padding: 0, flip }));
    case 'pad-crop-flip': {
      const padding = Math.max(1, Math.round(whole / 8));
      return resized(randomCropAndFlip(images, draw, { padding, flip }));
    }
    case 'resized-crop-flip':
      return randomResizedCrop(images, draw, {
        minimumArea: whole > SMALL_SIZE ? MINIMUM_AREA : SMALL_MINIMUM_AREA,
        maximumRatio: MAXIMUM_RATIO,
        flip,
        size: [size, size],
      });
  }
}

/** Scalar: 1, or 0 in steps on images as they are; absent where there are no such steps. */
export type Disturbance = Tensor<'float32'> | undefined;

/** Blanks a square of each image with the mean colour. @param images [batch, size, size, channels], normalised */
export function cutOut(
  images: Tensor<'float32'>,
  key: RandomKey,
  share: number,
  disturbance: Disturbance,
): Tensor<'float32'> {
  const [, size = 0] = images.shape;
  const side = Math.round(share * size);
  return side === 0 ? images : randomCutout(images, streamOf(key, streams.cutout), side, disturbance);
}

/** How the step mixes its images; absent where no step does. @param alpha of the beta distribution, 0: none */
export function drawMixture(key: RandomKey, alpha: number, disturbance: Disturbance): Mixture | undefined {
  if (alpha === 0) return undefined;
  const mixture = randomMixture(streamOf(key, streams.mixup), alpha);
  return disturbance ? faded(mixture, disturbance) : mixture;
}
