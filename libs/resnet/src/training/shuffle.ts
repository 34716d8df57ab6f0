import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from './generator';

/** The order of the training images in one epoch: a permutation of 0 to count - 1, decided by (seed, epoch). */
export function shuffledOrder(count: number, seed: number, epoch: number): Uint32Array {
  const random = xoroshiro128plus([seed, epoch, 0x9e3779b9, 0x243f6a88]);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  // Fisher and Yates, from the back.
  for (let i = count - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    const [a = 0, b = 0] = [order[i], order[j]];
    order[i] = b;
    order[j] = a;
  }
  return order;
}
