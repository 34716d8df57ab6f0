import type { SearchSpace } from '../space/search-space';
import { SearchSpecError } from '../search-spec-error';
import type { Sampler } from './sampler';

/** Every configuration of a finite space, in the order of its axes. */
export function gridSampler(space: SearchSpace): Sampler {
  const continuous = space.dimensions.find((dimension) => !Number.isFinite(dimension.size));
  if (continuous)
    throw new SearchSpecError(
      ['space', continuous.name],
      `grid search needs finitely many values: give ${continuous.name} a list of values, a step, or points`,
    );
  return {
    size: space.size,
    learns: false,
    propose: (trial) => ({
      values: space.at(trial - 1),
      reason: `grid point ${String(trial)} of ${String(space.size)}`,
    }),
    snapshot: () => null,
  };
}
