import type { SweepSpec } from '@fathom/contracts';
import type { Json } from '../json';
import { SearchSpecError } from '../search-spec-error';
import type { SearchSpace } from '../space/search-space';
import { gridSampler } from './grid';
import { randomSampler } from './random';
import type { Sampler } from './sampler';

/**
 * The one place that knows every sampler.
 *
 * @param snapshot of one that was made from the same spec
 * @throws SearchSpecError where the sampler does not fit the space
 */
export function createSampler(spec: SweepSpec, space: SearchSpace, snapshot?: Json): Sampler {
  const { search } = spec;
  switch (search.algorithm) {
    case 'grid':
      return gridSampler(space);
    case 'random':
      return randomSampler(space, search, snapshot);
    case 'sobol':
    case 'tpe':
    case 'gp':
    case 'cma-es':
    case 'nsga-ii':
      throw new SearchSpecError(['search', 'algorithm'], 'not there yet');
  }
}
