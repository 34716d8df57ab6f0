import type { WorkerFacts } from '@fathom/contracts';

/** What a pool can take. */
export interface PoolCapacity {
  readonly workers: number;
  readonly slots: number;
  /** The most that a device of it has; null: unknown. */
  readonly memoryBytes: number | null;
  /** Whether trials share a device. */
  readonly sharesDevices: boolean;
}

/** Of the workers there are, by pool. */
export function capacities(workers: readonly WorkerFacts[]): Map<string, PoolCapacity> {
  const pools = new Map<string, PoolCapacity>();
  for (const { pool, slots, devices, memoryBytes } of workers) {
    const known = pools.get(pool) ?? { workers: 0, slots: 0, memoryBytes: 0, sharesDevices: false };
    pools.set(pool, {
      workers: known.workers + 1,
      slots: known.slots + slots,
      memoryBytes:
        known.memoryBytes === null || memoryBytes === null ? null : Math.max(known.memoryBytes, memoryBytes),
      sharesDevices: known.sharesDevices || slots > devices,
    });
  }
  return pools;
}

/**
 * Which of the pools may have a trial, in their order: those whose devices have the memory, and where none has, those
 * that have most of it: there its micro-batch is halved until it fits. A pool that has no worker says nothing of its
 * memory, and may have it.
 *
 * @param needed bytes; null: unknown
 */
export function poolsWithMemory(
  pools: readonly string[],
  needed: number | null,
  capacity: ReadonlyMap<string, PoolCapacity>,
): readonly string[] {
  if (needed === null) return pools;
  const enough = pools.filter((pool) => memoryOf(pool, capacity) >= needed);
  if (enough.length > 0) return enough;
  const most = mostMemory(pools, capacity);
  return pools.filter((pool) => memoryOf(pool, capacity) === most);
}

/**
 * The most that a trial may take to have one of the free pools by the rule above; null: any, for they have as much as the
 * best of all its pools.
 */
export function mostThatFits(
  free: readonly string[],
  pools: readonly string[],
  capacity: ReadonlyMap<string, PoolCapacity>,
): number | null {
  const most = mostMemory(free, capacity);
  return most === mostMemory(pools, capacity) ? null : most;
}

/** What is not known is taken for enough. */
const memoryOf = (pool: string, capacity: ReadonlyMap<string, PoolCapacity>): number =>
  capacity.get(pool)?.memoryBytes ?? Infinity;

const mostMemory = (pools: readonly string[], capacity: ReadonlyMap<string, PoolCapacity>): number =>
  Math.max(...pools.map((pool) => memoryOf(pool, capacity)));
