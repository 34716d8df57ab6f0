import { isSweepPaused } from '@fathom/contracts';
import type { StoredEvent } from '@fathom/store';
import { note, type Steered } from './steering';

/** What waits leaves the queue; what trains is checkpointed and given back, which the workers report. */
export async function pauseSweep(steered: Steered, reason: string): Promise<StoredEvent[]> {
  const { tx, sweep, now } = steered;
  if (isSweepPaused(sweep.state)) return [];
  await tx.sweeps.pause(sweep.id, reason, now);
  await tx.outbox.pauseSweep(sweep.id, now);
  await note(steered, { action: 'pauseSweep', reason });
  return tx.events.append([{ type: 'sweepChanged', sweepId: sweep.id, state: 'paused', reason }], now);
}
