import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from './generator';

/**
 * Which images are mirrored in an epoch, where that alternates: each at random in the first, and from then on in every
 * other one, so that two epochs in a row show an image and its mirror image (Jordan 2024, arXiv 2404.00498, section
 * 3.6).
 */
export class AlternatingFlips {
  /** By image: 1 if it is mirrored in the first epoch. */
  readonly #first: Uint8Array;

  /** @param count training images */
  constructor(count: number, seed: number) {
    const random = xoroshiro128plus([seed, FLIPS, 0x9e3779b9, 0x243f6a88]);
    this.#first = Uint8Array.from({ length: count }, () => uniformInt(random, 0, 1));
  }

  /** 1 for each of the images that is mirrored, else 0. @param epoch 0 for the first */
  of(images: Uint32Array, epoch: number): Int32Array {
    return Int32Array.from(images, (image) => ((this.#first[image] ?? 0) + epoch) & 1);
  }
}

/** In the place of the number of an epoch, which no training gets to, so that the draws are not those of its order. */
const FLIPS = -1;
