import type { TrainingConfig } from '@fathom/contracts';
import { randomCropAndFlip, type Tensor } from '@fathom/graph';

/** Changes training images at random, each on its own. @param images [batch, height, width, channels] */
export function augment(
  images: Tensor<'uint8'>,
  key: Tensor<'int32'>,
  kind: TrainingConfig['augment'],
): Tensor<'uint8'> {
  switch (kind) {
    case 'none':
      return images;
    case 'flip':
      return randomCropAndFlip(images, key, { padding: 0, flip: true });
    case 'resized-crop-flip':
      throw new RangeError('resized-crop-flip is not built yet');
    case 'pad-crop-flip': {
      const [, size = 0] = images.shape;
      return randomCropAndFlip(images, key, { padding: Math.max(1, Math.round(size / 8)), flip: true });
    }
  }
}
