import type { SearchSpec } from '@fathom/contracts';
import type { Json } from '../json';
import type { SearchSpace } from '../space/search-space';
import { gridSampler } from './grid';
import { randomSampler } from './random';
import type { Sampler } from './sampler';

/** The one place that knows every sampler. */
export function createSampler(search: SearchSpec, space: SearchSpace): Sampler {
  switch (search.algorithm) {
    case 'grid':
      return widen(gridSampler(space));
    case 'random':
      return widen(randomSampler(space, search.trials, search.seed));
  }
}

/** A sampler is only ever given the states it made itself, so its own state type can be forgotten. */
function widen<S extends Json>(sampler: Sampler<S>): Sampler {
  return { ...sampler, propose: (state, trial) => sampler.propose(state as S, trial) };
}
