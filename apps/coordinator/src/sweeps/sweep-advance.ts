import { createSearcher, type JsonObject, type SearchAction, type SearchEvent } from '@fathom/search';
import type { NewEvent, Repositories, SweepRecord } from '@fathom/store';
import type { Clock } from '../clock';
import { carryOut } from './carry-out';
import { searchContextOf } from './search-context';

/**
 * Tells the search of a running sweep what happened and carries out what it decides, inside the caller's
 * transaction, which holds the sweep's lock and has written what happened.
 *
 * @returns the events of what was decided, for the caller to append
 */
export async function advanceSweep(
  tx: Repositories,
  sweep: SweepRecord,
  searchEvents: readonly SearchEvent[],
  clock: Clock,
): Promise<NewEvent[]> {
  if (searchEvents.length === 0) return [];
  const searcher = createSearcher(sweep.spec, searchContextOf(sweep.spec), stateOf(sweep));
  const actions: SearchAction[] = [];
  for (const event of searchEvents) actions.push(...searcher.handle(event));
  await tx.sweeps.saveSearchState(sweep.id, searcher.snapshot());
  return carryOut(tx, sweep, actions, clock);
}

/** The state is stored as the search library gave it; empty before the sweep has begun. */
const stateOf = ({ searchState }: SweepRecord): JsonObject | undefined =>
  Object.keys(searchState).length === 0 ? undefined : (searchState as JsonObject);
