import { trainingConfigSchema, type SweepSpec } from '@fathom/contracts';
import type { Json } from '../json';
import type { SearchContext } from '../search-context';
import { SearchSpecError } from '../search-spec-error';
import { runAll } from './run-all';
import type { Scheduler } from './scheduler';

/**
 * The one place that knows every scheduler.
 *
 * @param snapshot of one that was made from the same spec
 * @throws SearchSpecError where the scheduler does not fit the rest of the spec
 */
export function createScheduler(spec: SweepSpec, context: SearchContext, snapshot?: Json): Scheduler {
  void context;
  void snapshot;
  switch (spec.scheduler.algorithm) {
    case 'run-all':
      return runAll(maxEpochsOf(spec));
    case 'asha':
    case 'asha-stopping':
    case 'hyperband':
    case 'median':
    case 'pbt':
      throw new SearchSpecError(['scheduler', 'algorithm'], 'not there yet');
  }
}

/** Epochs of a whole training; of a space over epochs, the most there can be. */
export function maxEpochsOf(spec: SweepSpec): number {
  const domain = spec.space.epochs;
  if (domain === undefined) return spec.recipe.epochs ?? trainingConfigSchema.shape.epochs.parse(undefined);
  if (Array.isArray(domain)) return Math.max(...domain.map(Number));
  if ('values' in domain) return Math.max(...domain.values.map(Number));
  return 'value' in domain ? Number(domain.value) : domain.max;
}
