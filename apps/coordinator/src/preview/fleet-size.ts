import { RedisUnavailableError, type TrialProducer } from '@fathom/queue';
import type { Store } from '@fathom/store';

/**
 * Trials that can train at the same time now: as many as do, and at least one for each connected worker. How many slots
 * a worker has it tells nobody. Without Redis only what runs is known.
 */
export async function fleetSize(store: Store, producer: TrialProducer): Promise<number> {
  const [{ running }, workers] = await Promise.all([
    store.trials.countsByState(),
    producer.workers().catch((error: unknown) => {
      if (error instanceof RedisUnavailableError) return 0;
      throw error;
    }),
  ]);
  return Math.max(running, workers);
}
