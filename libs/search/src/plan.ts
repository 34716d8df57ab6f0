import { ADAPTIVE_CONCURRENCY, type SweepSpec } from '@fathom/contracts';
import type { Json } from './json';
import { createSampler } from './samplers/create-sampler';
import type { Sampler } from './samplers/sampler';
import { shuffled } from './samplers/shuffled';
import { createScheduler } from './schedulers/create-scheduler';
import type { Scheduler } from './schedulers/scheduler';
import type { SearchContext } from './search-context';
import { SearchSpecError } from './search-spec-error';
import type { Configuration } from './space/search-space';
import { spaceOf } from './space/space-of';

/** What of a search is made from its spec, and is made anew when that is extended. */
export interface Plan {
  readonly sampler: Sampler;
  readonly scheduler: Scheduler;
  /** Configurations that will be proposed in all. */
  readonly plannedTrials: number;
  readonly maxConcurrent: number;
  /** What was proposed before the space was last widened. */
  readonly tried: readonly Configuration[];
}

export interface PlanLimits {
  readonly maxTrials: number;
  readonly partOf: number | undefined;
}

interface PlanState {
  readonly tried: readonly Configuration[];
  /** Absent: it begins anew, after what was tried. */
  readonly sampler?: Json;
  readonly scheduler?: Json;
}

/** @throws SearchSpecError when search, scheduler, space and budget do not fit together */
export function planOf(
  spec: SweepSpec,
  context: SearchContext,
  { maxTrials, partOf }: PlanLimits,
  state?: PlanState,
): Plan {
  const { search, budget } = spec;
  const space = spaceOf(spec);
  const tried = state?.tried ?? [];
  const proposing = createSampler(spec, space, state?.sampler, tried);
  const isPart = search.algorithm === 'grid' && partOf !== undefined;
  const sampler = isPart ? shuffled(proposing, partOf) : proposing;
  const plannedTrials = Math.min(sampler.size, budget.maxTrials ?? Number.POSITIVE_INFINITY);
  if (plannedTrials > maxTrials)
    throw new SearchSpecError(
      ['space'],
      `${String(plannedTrials)} trials are more than the ${String(maxTrials)} a sweep may have; ` +
        'narrow the space or set budget.maxTrials',
    );
  const scheduler = createScheduler(spec, { context, space, plannedTrials }, state?.scheduler);
  const atOnce = sampler.learns ? ADAPTIVE_CONCURRENCY : Number.POSITIVE_INFINITY;
  return { sampler, scheduler, plannedTrials, maxConcurrent: search.maxConcurrent ?? atOnce, tried };
}
