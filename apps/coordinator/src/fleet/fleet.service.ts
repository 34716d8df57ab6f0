import type { Fleet, OwnerShare, PoolView } from '@fathom/contracts';
import type { WorkerDirectory } from '@fathom/queue';
import type { PoolCount, Store } from '@fathom/store';
import { capacities } from '../dispatch/pool-capacity';

/** Says which workers there are and who has their places. */
export class FleetService {
  constructor(
    private readonly store: Pick<Store, 'dispatch'>,
    private readonly directory: Pick<WorkerDirectory, 'live'>,
  ) {}

  /** @throws RedisUnavailableError */
  async fleet(): Promise<Fleet> {
    const [workers, counts, sweeps] = await Promise.all([
      this.directory.live(),
      this.store.dispatch.counts(),
      this.store.dispatch.sweepsByOwner(),
    ]);
    const capacity = capacities(workers);
    const pools = [...new Set([...capacity.keys(), ...counts.map(({ pool }) => pool)])].sort();
    return {
      pools: pools.map((pool): PoolView => {
        const { workers: count = 0, slots = 0, memoryBytes = null } = capacity.get(pool) ?? {};
        return { pool, workers: count, slots, memoryBytes, ...tally(counts, (one) => one.pool === pool) };
      }),
      owners: [...sweeps].sort().map(([owner, running]): OwnerShare => ({
        owner,
        sweeps: running,
        ...tally(counts, (one) => one.owner === owner),
      })),
      workers,
    };
  }
}

function tally(counts: readonly PoolCount[], isMeant: (count: PoolCount) => boolean) {
  const meant = counts.filter(isMeant);
  const sum = (key: 'running' | 'waiting') => meant.reduce((total, count) => total + count[key], 0);
  return { running: sum('running'), waiting: sum('waiting') };
}
