import { isSweepEnded } from '@fathom/contracts';
import type { StoredEvent } from '@fathom/store';
import { endSweep } from '../end-sweep';
import type { Steered } from './steering';

/** Ends all that has not ended. */
export async function cancelSweep({ tx, sweep, now }: Steered, reason: string): Promise<StoredEvent[]> {
  if (isSweepEnded(sweep.state)) return [];
  const end = { state: 'cancelled', action: 'cancelSweep', reason } as const;
  return tx.events.append(await endSweep(tx, sweep.id, end, now), now);
}
