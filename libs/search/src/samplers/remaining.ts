import { firstWhere } from '../first-where';
import type { Configuration, SearchSpace } from '../space/search-space';
import { SeenConfigurations } from './seen-configurations';

export interface Remaining {
  readonly size: number;
  /** The index in the space of the n-th that remains, 0 <= n < size. */
  readonly indexAt: (n: number) => number;
}

/** The configurations of a countable space that were not imported, in grid order. */
export function remaining(space: SearchSpace, imported: readonly Configuration[]): Remaining {
  const seen = new SeenConfigurations(space);
  for (const values of imported) seen.add(values);
  const taken = seen.sorted();
  return {
    size: space.size - taken.length,
    // As many are taken before the wanted one as come before the first i whose taken index lies beyond n + i.
    indexAt: (n) => n + firstWhere(taken.length, (i) => (taken[i] ?? Infinity) - i > n),
  };
}
