import { isSweepEnded } from '@fathom/contracts';
import type { StoredEvent } from '@fathom/store';
import { trialChanged } from '../../intake/trial-transition';
import { note, type Steered } from './steering';

/** Ends all that has not ended. */
export async function cancelSweep(steered: Steered, reason: string): Promise<StoredEvent[]> {
  const { tx, sweep, now } = steered;
  const { id } = sweep;
  if (isSweepEnded(sweep.state)) return [];
  await tx.outbox.cancelSweep(id, now);
  const cancelled = await tx.trials.cancelOpen(id, now);
  await tx.sweeps.end(id, 'cancelled', reason, now);
  await note(steered, 'cancelSweep', reason);
  return tx.events.append(
    [
      ...cancelled.map((trial) => trialChanged(trial, reason)),
      { type: 'sweepChanged', sweepId: id, state: 'cancelled', reason },
    ],
    now,
  );
}
