import type { SweepSpec } from '@fathom/contracts';
import { checkMedianGroups } from './schedulers/median-groups';
import type { SearchContext } from './search-context';
import { createSearcher, type SearcherOptions } from './searcher';

/**
 * How many trials a sweep will have.
 *
 * @throws SearchSpecError like {@link createSearcher}; also for a scheduler that could never act, with which sweeps that
 * were accepted earlier go on
 */
export function planSize(spec: SweepSpec, context: SearchContext, options?: SearcherOptions): number {
  const { plannedTrials } = createSearcher(spec, context, undefined, options);
  checkMedianGroups(spec, plannedTrials);
  return plannedTrials;
}
