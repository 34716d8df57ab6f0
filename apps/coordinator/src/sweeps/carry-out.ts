import { isTrialEnded } from '@fathom/contracts';
import { configsOf, type SearchAction } from '@fathom/search';
import type { NewEvent, NewTrial, Repositories, SweepRecord, TrialRecord } from '@fathom/store';
import type { Clock } from '../clock';
import { trialChanged } from '../intake/trial-transition';

type ActionOf<T extends SearchAction['type']> = Extract<SearchAction, { type: T }>;

/**
 * Does in the database what the search has decided, in its order, and leaves to the outbox what is to be done on the
 * queue.
 *
 * @returns the events of what was done, for the caller to append
 */
export async function carryOut(
  tx: Repositories,
  sweepId: string,
  { actions, created }: { readonly actions: readonly SearchAction[]; readonly created: readonly NewTrial[] },
  clock: Clock,
): Promise<NewEvent[]> {
  const now = clock.now();
  await tx.trials.insert(created);
  const begun = createdTogether(sweepId, created);
  const { resumed, stopped, events: changes } = await changeTrials(tx, sweepId, actions, now);
  if (created.length + resumed.length > 0) await tx.outbox.notify();
  await tx.outbox.stopTrials(sweepId, stopped, now);
  const completion = actions.find(isA('completeSweep'));
  const end = completion ? [await complete(tx, sweepId, completion.reason, now)] : [];
  return [...changes, ...begun, ...end];
}

const isA =
  <T extends SearchAction['type']>(type: T) =>
  (action: SearchAction): action is ActionOf<T> =>
    action.type === type;

/** The trials that the actions create, in their order. */
export function newTrials(
  { id, spec }: SweepRecord,
  actions: readonly SearchAction[],
  clock: Clock,
): readonly NewTrial[] {
  const asked = actions.filter(isA('createTrial'));
  if (asked.length === 0) return [];
  const configOf = configsOf(spec);
  const createdAt = clock.now();
  return asked.map(({ trial, values, untilEpoch, from }) => ({
    id: clock.newId(),
    sweepId: id,
    number: trial,
    config: configOf(values),
    ...(untilEpoch === undefined ? {} : { untilEpoch }),
    ...(from === undefined ? {} : { origin: from }),
    ...poolOf(spec),
    createdAt,
  }));
}

/** Known from the beginning where there is no choice. */
const poolOf = ({ pools: [pool, ...others] }: SweepRecord['spec']): { readonly pool?: string } =>
  pool === undefined || others.length > 0 ? {} : { pool };

/** An event for each of ten thousand trials would take a fifth of the time of a submit; one for all be a long message. */
const MOST_IN_AN_EVENT = 500;

const createdTogether = (sweepId: string, created: readonly NewTrial[]): NewEvent[] =>
  Array.from({ length: Math.ceil(created.length / MOST_IN_AN_EVENT) }, (_, i) => ({
    type: 'trialsCreated',
    sweepId,
    trials: created
      .slice(i * MOST_IN_AN_EVENT, (i + 1) * MOST_IN_AN_EVENT)
      .map(({ id, number }) => ({ trialId: id, number })),
  }));

/** Resumes and stops trials, each at most once from its present state; pauses have happened already. */
async function changeTrials(tx: Repositories, sweepId: string, actions: readonly SearchAction[], now: Date) {
  const wanted = actions.flatMap((action) =>
    action.type === 'resumeTrial' || action.type === 'stopTrial' ? [action] : [],
  );
  const numbers = [...new Set(wanted.map(({ trial }) => trial))];
  const records = await tx.trials.recordsByNumber(sweepId, numbers);
  const trials = new Map(records.map((record) => [record.number, record]));
  const events: NewEvent[] = [];
  for (const action of wanted) {
    const before = trials.get(action.trial);
    // What ended by itself, reported together with the news that the decision is based on, has its own result.
    if (!before || isTrialEnded(before.state)) continue;
    const after: TrialRecord =
      action.type === 'stopTrial'
        ? { ...before, state: 'stopped', endedAt: now }
        : {
            ...before,
            state: 'queued',
            segment: before.segment + 1,
            untilEpoch: action.untilEpoch ?? null,
          };
    trials.set(action.trial, after);
    events.push(trialChanged(after, action.reason));
  }
  const changed = [...trials.values()].filter((trial) => !records.includes(trial));
  await tx.trials.saveAll(changed);
  const idsIn = (state: TrialRecord['state']) =>
    changed.filter((trial) => trial.state === state).map(({ id }) => id);
  return { events, resumed: idsIn('queued'), stopped: idsIn('stopped') };
}

/** A sweep without a single result has failed, whatever its search says. */
async function complete(tx: Repositories, sweepId: string, reason: string, now: Date): Promise<NewEvent> {
  const state = (await tx.trials.hasResult(sweepId)) ? 'completed' : 'failed';
  await tx.outbox.dropCheckpoints(sweepId, now);
  await tx.sweeps.end(sweepId, state, reason, now);
  return { type: 'sweepChanged', sweepId, state, reason };
}
