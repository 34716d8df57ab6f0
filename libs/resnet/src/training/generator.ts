import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** The first draws of this generator still show a state of few set bits. */
const WARM_UP_DRAWS = 32;

/** A generator whose draws these four numbers decide, as 32-bit integers. */
export function xoroshiro128plus(state: readonly [number, number, number, number]): RandomGenerator {
  const random = xoroshiro128plusFromState(state.map((value) => value | 0));
  for (let i = 0; i < WARM_UP_DRAWS; i++) random.next();
  return random;
}
