import { isSweepEnded, type SweepSpec } from '@fathom/contracts';
import type { NewEvent, Repositories, SweepRecord } from '@fathom/store';
import { endSweep } from './end-sweep';

/**
 * Ends a sweep of which nothing but failures is to be expected: so many trials have failed, and none has ever got to the
 * end of an epoch. To be called after news of the sweep, in the transaction that holds its lock.
 *
 * @param news what has happened in the transaction
 * @returns the live events of the end, for the caller to append
 */
export async function endIfHopeless(
  tx: Repositories,
  { id, spec }: Pick<SweepRecord, 'id' | 'spec'>,
  news: readonly NewEvent[],
  now: Date,
): Promise<NewEvent[]> {
  if (!news.some(isFailure) || news.some(isEnd)) return [];
  const reason = await hopelessness(tx, id, spec.failFast);
  if (reason === undefined) return [];
  return endSweep(tx, id, { state: 'failed', action: 'failSweep', reason }, now);
}

async function hopelessness(
  tx: Repositories,
  sweepId: string,
  failFast: SweepSpec['failFast'],
): Promise<string | undefined> {
  if (failFast === 'off' || (await tx.failures.hasProgress(sweepId))) return undefined;
  const tallies = await tx.failures.byClass(sweepId);
  const failed = tallies.reduce((sum, { trials }) => sum + trials, 0);
  const [commonest] = tallies;
  if (commonest === undefined || failed < failFast.afterTrials) return undefined;
  const share = commonest.trials === failed ? 'all' : `${commonest.trials}`;
  return (
    `the first ${failed} trials failed before the end of an epoch, ${share} of them with ${commonest.class}: ` +
    `${commonest.message.slice(0, 500)} (failFast)`
  );
}

const isFailure = (event: NewEvent): boolean =>
  event.type === 'trialChanged' && (event.state === 'failed' || event.state === 'diverged');
const isEnd = (event: NewEvent): boolean => event.type === 'sweepChanged' && isSweepEnded(event.state);
