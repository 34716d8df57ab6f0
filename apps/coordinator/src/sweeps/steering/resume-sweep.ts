import { isSweepEnded, isSweepPaused } from '@fathom/contracts';
import type { SearchEvent } from '@fathom/search';
import type { StoredEvent } from '@fathom/store';
import { note, type Steered } from './steering';

export async function resumeSweep(steered: Steered, reason: string): Promise<StoredEvent[]> {
  const { tx, sweep, now } = steered;
  if (!isSweepPaused(sweep.state)) return [];
  await goOn(steered);
  await note(steered, { action: 'resumeSweep', reason });
  return tx.events.append([{ type: 'sweepChanged', sweepId: sweep.id, state: 'running', reason }], now);
}

/**
 * A sweep that was paused or had ended runs again. A trial that has not been given back yet waits for a place from the
 * report on that says so.
 */
export async function goOn({ tx, sweep, now }: Steered): Promise<void> {
  await tx.sweeps.resume(sweep.id, now);
  await tx.outbox.resumeSweep(sweep.id, now);
  await tx.dispatch.resend(sweep.id);
}

/** Where the sweep ended before its search had: the trials that the search still waits for. */
export async function cancelledWithTheSweep({ tx, sweep }: Steered): Promise<SearchEvent[]> {
  if (!isSweepEnded(sweep.state)) return [];
  const cancelled = await tx.trials.recordsInStates(sweep.id, ['cancelled']);
  return cancelled.map(({ number }) => ({ type: 'trialCancelled', trial: number }));
}
