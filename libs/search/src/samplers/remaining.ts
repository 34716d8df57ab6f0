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
    indexAt: (n) => {
      // The first place i at which the i-th taken index lies beyond n + i: so many are taken before the wanted one.
      let low = 0;
      let high = taken.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((taken[middle] ?? Infinity) - middle > n) high = middle;
        else low = middle + 1;
      }
      return n + low;
    },
  };
}
