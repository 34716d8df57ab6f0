import { permutation } from '../space/permutation';
import type { Sampler } from './sampler';

/**
 * The proposals of a grid in an order by chance, the same each time: however few are asked for, they are spread over all.
 *
 * @param count so many of the first ones are put in order, 1 or more
 */
export function shuffled(sampler: Sampler, count: number): Sampler {
  const place = permutation(count, 0);
  return {
    size: sampler.size,
    learns: sampler.learns,
    propose: (trial, history) => sampler.propose(place(trial - 1) + 1, history),
    snapshot: () => sampler.snapshot(),
  };
}
