import {
  isSweepEnded,
  type RerunRequest,
  type SweepState,
  type TrialState,
  type Violation,
} from '@fathom/contracts';
import type { SearchEvent } from '@fathom/search';
import type { StoredEvent, TrialRecord } from '@fathom/store';
import { trialChanged } from '../../intake/trial-transition';
import { refuseOperation } from '../refuse';
import { inWords } from './in-words';
import { cancelledWithTheSweep, goOn } from './resume-sweep';
import { note, type Steered } from './steering';

const rerunnable: readonly TrialState[] = ['failed', 'diverged'];
/** Of a trial that has been asked for before. */
const underWay: readonly TrialState[] = ['queued', 'running'];

/**
 * Failed trials get another attempt, outside of the schedule and to their end; a sweep that had ended goes on until they
 * have. A trial that is under way already is left as it is.
 *
 * @throws ProblemError operation-refused for a trial that has not failed, or that cannot begin any more
 */
export async function rerunTrials(steered: Steered, request: RerunRequest): Promise<readonly StoredEvent[]> {
  const { tx, sweep, now, searches } = steered;
  const failed = await chosen(steered, request);
  if (failed.length === 0) return [];
  const reason = inWords('re-run', request);
  const again = failed.map((trial): TrialRecord => ({
    ...trial,
    ...{ state: 'queued', segment: trial.segment + 1, untilEpoch: null },
    ...{ failure: null, metrics: null, endedAt: null },
  }));
  await tx.trials.saveAll(again);
  await note(
    steered,
    ...failed.map(({ number, failure }) => ({
      action: 'rerunTrial' as const,
      trial: number,
      reason: `${reason}; it had failed: ${failure?.class ?? 'unknown'}: ${failure?.message ?? ''}`.slice(
        0,
        1_000,
      ),
    })),
  );
  const states: SweepState[] = [];
  if (isSweepEnded(sweep.state)) {
    await goOn(steered);
    states.push('running');
  } else await tx.outbox.notify();
  const decided = await searches.advance(tx, sweep, await searchEvents(steered, again));
  return tx.events.append(
    [
      ...states.map((state) => ({ type: 'sweepChanged', sweepId: sweep.id, state, reason }) as const),
      ...again.map((trial) => trialChanged(trial, reason)),
      ...decided,
    ],
    now,
  );
}

async function chosen({ tx, sweep }: Steered, { trials }: RerunRequest): Promise<readonly TrialRecord[]> {
  const { id } = sweep;
  const found = await (trials
    ? tx.trials.recordsByNumber(id, trials)
    : tx.trials.recordsInStates(id, rerunnable));
  const byNumber = new Map(found.map((trial) => [trial.number, trial]));
  const faults = (trials ?? []).flatMap((number, index): Violation[] => {
    const state = byNumber.get(number)?.state;
    if (state !== undefined && [...rerunnable, ...underWay].includes(state)) return [];
    const what =
      state === undefined ? `there is no trial ${String(number)}` : `trial ${String(number)} is ${state}`;
    return [
      {
        path: `$.trials[${String(index)}]`,
        rule: 'state',
        message: `${what}; allowed: failed and diverged trials`,
      },
    ];
  });
  refuseOperation(faults);
  return found.filter(({ state }) => rerunnable.includes(state)).sort((a, b) => a.number - b.number);
}

/** What the search is told. */
async function searchEvents(steered: Steered, again: readonly TrialRecord[]): Promise<SearchEvent[]> {
  const valuesOf = await steered.tx.events.valuesOf(steered.sweep.id);
  const reruns = again.map(({ number }): SearchEvent => ({
    type: 'trialRerun',
    trial: number,
    // What the search itself proposed.
    values: valuesOf.get(number) ?? {},
  }));
  return [...reruns, ...(await cancelledWithTheSweep(steered))];
}
