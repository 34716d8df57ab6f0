import type { SearchSpec, SweepSpec } from '@fathom/contracts';
import type { Json } from '../json';
import type { Configuration, SearchSpace } from '../space/search-space';
import { cmaEsSampler } from './cma-es/cma-es-sampler';
import { gpSampler } from './gp/gp-sampler';
import { distinct } from './distinct';
import { demandFit } from './fits';
import { gridSampler } from './grid';
import { randomSampler } from './random';
import { nsga2Sampler } from './nsga-ii/nsga-ii';
import type { Sampler } from './sampler';
import { sobolSampler } from './sobol';
import { tpeSampler } from './tpe/tpe';
import { demandWarmStart, importedConfigurations } from './warm-start';

/**
 * The one place that knows every sampler.
 *
 * @param snapshot of one that was made from the same spec, or from one with fewer trials
 * @param tried before the space was widened: the first proposals of `search.trials`, which are not made again
 * @throws SearchSpecError where the sampler does not fit the space
 */
export function createSampler(
  spec: SweepSpec,
  space: SearchSpace,
  snapshot?: Json,
  tried: readonly Configuration[] = [],
): Sampler {
  const before = tried.length;
  const sampler = samplerOf(spec, space, searchAfter(spec.search, before), tried, snapshot);
  if (before === 0) return sampler;
  return {
    size: before + sampler.size,
    learns: sampler.learns,
    propose: (trial, history) => sampler.propose(trial - before, history),
    snapshot: () => sampler.snapshot(),
  };
}

/** What is left of a search, with random choices of its own. */
function searchAfter(search: SearchSpec, tried: number): SearchSpec {
  if (search.algorithm === 'grid' || tried === 0) return search;
  return { ...search, trials: search.trials - tried, seed: (search.seed + tried) % MAX_SEED };
}

function samplerOf(
  spec: SweepSpec,
  space: SearchSpace,
  search: SearchSpec,
  tried: readonly Configuration[],
  snapshot: Json | undefined,
): Sampler {
  if (snapshot === undefined) {
    demandFit(spec, space);
    demandWarmStart(spec, space);
  }
  const imported = [...importedConfigurations(spec), ...tried];
  const model = (seed: number, make: (inner?: Json) => Sampler) =>
    distinct(space, { seed, imported, redraws: MODEL_REDRAWS, repeatsContinuous: true }, make, snapshot);
  switch (search.algorithm) {
    case 'grid':
      return gridSampler(space, imported);
    case 'random':
      return randomSampler(space, search, imported, snapshot);
    case 'sobol': {
      const options = { seed: search.seed, imported, redraws: SOBOL_REDRAWS, repeatsContinuous: false };
      return distinct(space, options, (inner) => sobolSampler(space, search, inner), snapshot);
    }
    case 'gp':
      return model(search.seed, (inner) => gpSampler(space, search, spec, inner));
    case 'tpe':
      return model(search.seed, (inner) => tpeSampler(space, search, inner));
    case 'nsga-ii':
      return model(search.seed, (inner) => nsga2Sampler(space, search, inner));
    case 'cma-es':
      return model(search.seed, (inner) => cmaEsSampler(space, search, inner));
  }
}

/** Seeds are below this. */
const MAX_SEED = 2_147_483_648;
/** A proposal of a model is dear, and one that repeats itself seldom finds something else. */
const MODEL_REDRAWS = 5;
/** Points of the sequence are cheap, and of a small discrete space many are needed to meet the last configurations. */
const SOBOL_REDRAWS = 1_000;
