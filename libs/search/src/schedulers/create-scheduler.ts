import { conditionOf, trainingConfigSchema, type Domain, type SweepSpec } from '@fathom/contracts';
import type { Json } from '../json';
import { asha } from './asha';
import { ashaStopping } from './asha-stopping';
import { hyperband } from './hyperband';
import { medianStopping } from './median';
import { populationBasedTraining } from './pbt';
import { runAll } from './run-all';
import type { Scheduler, SchedulerWorld } from './scheduler';

/**
 * The one place that knows every scheduler.
 *
 * @param snapshot of one that was made from the same spec
 * @throws SearchSpecError where the scheduler does not fit the rest of the spec
 */
export function createScheduler(spec: SweepSpec, world: SchedulerWorld, snapshot?: Json): Scheduler {
  const { scheduler: settings } = spec;
  const setup = { ...world, spec, epochs: maxEpochsOf(spec) };
  switch (settings.algorithm) {
    case 'run-all':
      return runAll;
    case 'asha':
      return asha({ ...setup, settings }, snapshot);
    case 'asha-stopping':
      return ashaStopping({ ...setup, settings }, snapshot);
    case 'hyperband':
      return hyperband({ ...setup, settings }, snapshot);
    case 'median':
      return medianStopping({ ...setup, settings }, snapshot);
    case 'pbt':
      return populationBasedTraining({ ...setup, settings }, snapshot);
  }
}

/** Epochs of a whole training; of a space over epochs, the most there can be. */
export function maxEpochsOf(spec: SweepSpec): number {
  const domain = spec.space.epochs;
  const fixed = spec.recipe.epochs ?? trainingConfigSchema.shape.epochs.parse(undefined);
  if (domain === undefined) return fixed;
  const most = largestOf(domain);
  // Where a condition leaves them out of the search, trials have those of the recipe.
  return conditionOf(domain) === undefined ? most : Math.max(most, fixed);
}

function largestOf(domain: Domain): number {
  if (Array.isArray(domain)) return Math.max(...domain.map(Number));
  if ('values' in domain) return Math.max(...domain.values.map(Number));
  return 'value' in domain ? Number(domain.value) : domain.max;
}
