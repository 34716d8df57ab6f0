import type { Configuration, SearchSpace } from '../space/search-space';
import { SearchSpecError } from '../search-spec-error';
import { remaining } from './remaining';
import type { Sampler } from './sampler';

/**
 * Every configuration of a finite space, in the order of its axes, but for those that were imported.
 *
 * @throws SearchSpecError where all were imported
 */
export function gridSampler(space: SearchSpace, imported: readonly Configuration[]): Sampler {
  const { size, indexAt } = remaining(space, imported);
  if (size === 0)
    throw new SearchSpecError(
      ['warmStart'],
      `all ${String(space.size)} configurations of the space are imported: there is nothing left to try`,
    );
  return {
    size,
    learns: false,
    propose: (trial) => {
      const index = indexAt(trial - 1);
      return {
        values: space.at(index),
        reason: `grid point ${String(index + 1)} of ${String(space.size)}`,
      };
    },
    snapshot: () => null,
  };
}
