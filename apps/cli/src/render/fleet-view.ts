import type { Fleet } from '@fathom/contracts';
import { table } from './tables';

/** Pools, then owners, then workers; a part that has nothing is left out. */
export function fleetView({ pools, owners, workers }: Fleet): string {
  const ofPools = table(['pool', 'workers', 'slots', 'memory', 'running', 'waiting'], [1, 2, 3, 4, 5]);
  for (const { pool, workers: count, slots, memoryBytes, running, waiting } of pools)
    ofPools.push([pool, count, slots, gigabytes(memoryBytes), running, waiting]);
  const ofOwners = table(['owner', 'sweeps', 'running', 'waiting'], [1, 2, 3]);
  for (const { owner, sweeps, running, waiting } of owners) ofOwners.push([owner, sweeps, running, waiting]);
  const ofWorkers = table(['worker', 'machine', 'pool', 'slots', 'devices', 'memory'], [3, 4, 5]);
  for (const { worker, node, pool, slots, devices, memoryBytes } of workers)
    ofWorkers.push([worker, node, pool, slots, devices, gigabytes(memoryBytes)]);
  const parts = [
    pools.length === 0 ? 'no workers, and no trials that wait for one' : ofPools.toString(),
    ...(owners.length === 0 ? [] : [ofOwners.toString()]),
    ...(workers.length === 0 ? [] : [ofWorkers.toString()]),
  ];
  return parts.join('\n\n');
}

const gigabytes = (bytes: number | null): string => (bytes === null ? '–' : `${(bytes / 1e9).toFixed(1)} GB`);
