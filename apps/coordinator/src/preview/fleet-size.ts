import { RedisUnavailableError, type WorkerDirectory } from '@fathom/queue';
import type { Store } from '@fathom/store';

/**
 * Trials that can train at the same time now in these pools: as many as their workers have slots. Without Redis only what
 * runs is known.
 */
export async function fleetSize(
  store: Store,
  directory: WorkerDirectory,
  pools: readonly string[],
): Promise<number> {
  try {
    const workers = await directory.live();
    return workers.filter(({ pool }) => pools.includes(pool)).reduce((sum, { slots }) => sum + slots, 0);
  } catch (error) {
    if (!(error instanceof RedisUnavailableError)) throw error;
    const counts = await store.dispatch.counts();
    return counts.filter(({ pool }) => pools.includes(pool)).reduce((sum, { running }) => sum + running, 0);
  }
}
