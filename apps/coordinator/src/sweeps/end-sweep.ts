import type { SteeringAction, SweepState } from '@fathom/contracts';
import type { NewEvent, Repositories } from '@fathom/store';
import { trialChanged } from '../intake/trial-transition';

export interface SweepEnd {
  readonly state: Extract<SweepState, 'cancelled' | 'failed'>;
  /** What the log of decisions calls it. */
  readonly action: SteeringAction;
  readonly reason: string;
}

/**
 * Ends a sweep before its search has: what waits or runs is cancelled. The caller holds its lock.
 *
 * @returns the live events of the end, for the caller to append
 */
export async function endSweep(
  tx: Repositories,
  id: string,
  { state, action, reason }: SweepEnd,
  now: Date,
): Promise<NewEvent[]> {
  await tx.outbox.cancelSweep(id, now);
  const cancelled = await tx.trials.cancelOpen(id, now);
  await tx.sweeps.end(id, state, reason, now);
  await tx.events.appendDecisions([{ sweepId: id, action, trial: null, reason }], now);
  return [
    ...cancelled.map((trial) => trialChanged(trial, reason)),
    { type: 'sweepChanged', sweepId: id, state, reason },
  ];
}
