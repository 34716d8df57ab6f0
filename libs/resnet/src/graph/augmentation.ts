import type { TrainingConfig } from '@fathom/contracts';
import {
  randomCropAndFlip,
  randomCutout,
  randomResizedCrop,
  streamOf,
  type RandomKey,
  type Tensor,
} from '@fathom/graph';
import { randomMixture, type Mixture } from './mixup';

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

/** Moves training images at random, each on its own. @param images [batch, height, width, channels] */
export function augment(
  images: Tensor<'uint8'>,
  key: RandomKey,
  kind: TrainingConfig['augment'],
): Tensor<'uint8'> {
  const [, size = 0] = images.shape;
  const draw = streamOf(key, streams.place);
  switch (kind) {
    case 'none':
      return images;
    case 'flip':
      return randomCropAndFlip(images, draw, { padding: 0, flip: true });
    case 'pad-crop-flip':
      return randomCropAndFlip(images, draw, { padding: Math.max(1, Math.round(size / 8)), flip: true });
    case 'resized-crop-flip':
      return randomResizedCrop(images, draw, {
        minimumArea: size > SMALL_SIZE ? MINIMUM_AREA : SMALL_MINIMUM_AREA,
        maximumRatio: MAXIMUM_RATIO,
        flip: true,
      });
  }
}

/** Blanks a square of each image with the mean colour. @param images [batch, size, size, channels], normalised */
export function cutOut(images: Tensor<'float32'>, key: RandomKey, share: number): Tensor<'float32'> {
  const [, size = 0] = images.shape;
  const side = Math.round(share * size);
  return side === 0 ? images : randomCutout(images, streamOf(key, streams.cutout), side);
}

/** How the step mixes its images; absent where it does not. @param alpha of the beta distribution, 0: none */
export const drawMixture = (key: RandomKey, alpha: number): Mixture | undefined =>
  alpha === 0 ? undefined : randomMixture(streamOf(key, streams.mixup), alpha);
