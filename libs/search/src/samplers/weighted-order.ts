import { Random } from '../random';
import type { SearchSpace } from '../space/search-space';

/** Spaces are kept from decision to decision, and with them their last order. */
const kept = new WeakMap<SearchSpace, { readonly seed: number; readonly order: Uint32Array }>();

/**
 * The indices of a space in the order in which draws from its prior meet them first. Each index gets an exponential
 * variate divided by its probability, and they are sorted by it, which has the distribution of drawing without
 * replacement (Efraimidis and Spirakis 2006, "Weighted random sampling with a reservoir", algorithm A).
 *
 * @param space of at most as many configurations as can be listed
 */
export function weightedOrder(space: SearchSpace, seed: number): Uint32Array {
  const found = kept.get(space);
  if (found?.seed === seed) return found.order;
  const { uniform } = Random.seeded(seed);
  const keys = Float64Array.from(
    { length: space.size },
    (_, index) => -Math.log(1 - uniform()) / space.probability(index),
  );
  const order = Uint32Array.from(keys.keys()).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
  kept.set(space, { seed, order });
  return order;
}
