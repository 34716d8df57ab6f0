import { configOf, createSearcher, type JsonObject, type SearchEvent } from '@fathom/search';
import type { Decision, NewEvent, NewTrial, Repositories, SweepRecord } from '@fathom/store';
import type { Clock } from '../clock';
import { searchContextOf } from './search-context';

/**
 * Tells the search of a running sweep what happened and carries out what it decides, inside the caller's
 * transaction, which holds the sweep's lock.
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
  const now = clock.now();
  const { spec } = sweep;
  const searcher = createSearcher(spec, searchContextOf(spec), stateOf(sweep));
  const trials: NewTrial[] = [];
  const decisions: Decision[] = [];
  let completion: string | undefined;
  for (const event of searchEvents)
    for (const action of searcher.handle(event))
      switch (action.type) {
        case 'createTrial':
          trials.push({
            id: clock.newId(),
            sweepId: sweep.id,
            number: action.trial,
            config: configOf(spec, action.values),
            createdAt: now,
          });
          decisions.push({
            sweepId: sweep.id,
            action: action.type,
            trial: action.trial,
            reason: action.reason,
          });
          break;
        case 'completeSweep':
          completion = action.reason;
          decisions.push({ sweepId: sweep.id, action: action.type, trial: null, reason: action.reason });
          break;
        case 'resumeTrial':
        case 'pauseTrial':
        case 'stopTrial':
          throw new Error(`${action.type}: not there yet`);
      }
  await tx.sweeps.saveSearchState(sweep.id, searcher.snapshot());
  await tx.trials.insert(trials);
  await tx.outbox.enqueueTrials(
    sweep.id,
    trials.map((trial) => trial.id),
    now,
  );
  await tx.events.appendDecisions(decisions, now);
  const events: NewEvent[] = trials.map(({ id, number }) => ({
    type: 'trialChanged',
    sweepId: sweep.id,
    trialId: id,
    number,
    state: 'queued',
    objective: null,
    reason: null,
  }));
  if (completion !== undefined) events.push(await complete(tx, sweep.id, completion, now));
  return events;
}

/** A sweep without a single result has failed, whatever its search says. */
async function complete(tx: Repositories, sweepId: string, reason: string, now: Date): Promise<NewEvent> {
  const state = (await tx.trials.hasCompleted(sweepId)) ? 'completed' : 'failed';
  await tx.sweeps.end(sweepId, state, reason, now);
  return { type: 'sweepChanged', sweepId, state, reason };
}

/** The state is stored as the search library gave it; empty before the sweep has begun. */
const stateOf = ({ searchState }: SweepRecord): JsonObject | undefined =>
  Object.keys(searchState).length === 0 ? undefined : (searchState as JsonObject);
