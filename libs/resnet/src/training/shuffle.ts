import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** The first draws of this generator still show a state of few set bits. */
const WARM_UP_DRAWS = 32;

/** The order of the training images in one epoch: a permutation of 0 to count - 1, decided by (seed, epoch). */
export function shuffledOrder(count: number, seed: number, epoch: number): Uint32Array {
  const random = xoroshiro128plusFromState([seed | 0, epoch | 0, 0x9e3779b9 | 0, 0x243f6a88]);
  for (let i = 0; i < WARM_UP_DRAWS; i++) random.next();
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
