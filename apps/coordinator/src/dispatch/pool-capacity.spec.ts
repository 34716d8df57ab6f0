import type { WorkerFacts } from '@fathom/contracts';
import { capacities, poolsWithMemory } from './pool-capacity';

const worker = (pool: string, memoryBytes: number | null, slots = 1, devices = 1): WorkerFacts => ({
  ...{ worker: `${pool}-${String(memoryBytes)}`, node: 'n', pool, slots, devices, memoryBytes },
});

describe('capacities', () => {
  it('adds up slots and takes the most memory, unknown where that of one is', () =>
    expect(
      Object.fromEntries(
        capacities([
          worker('cpu', 8e9, 2),
          worker('cpu', 16e9),
          worker('gpu', 80e9, 4, 4),
          worker('gpu', null, 1),
        ]),
      ),
    ).toEqual({
      cpu: { workers: 2, slots: 3, memoryBytes: 16e9, sharesDevices: true },
      gpu: { workers: 2, slots: 5, memoryBytes: null, sharesDevices: false },
    }));
});

describe('poolsWithMemory', () => {
  const capacity = capacities([worker('small', 8e9), worker('medium', 24e9), worker('large', 80e9)]);
  const pools = ['small', 'medium', 'large'];

  it.each([
    [null, pools],
    [8e9, pools],
    [9e9, ['medium', 'large']],
    [81e9, ['large']],
  ])('of a trial that takes %p', (needed, expected) =>
    expect(poolsWithMemory(pools, needed, capacity)).toEqual(expected),
  );

  it('takes a pool without a worker for one with enough', () =>
    expect(poolsWithMemory(['small', 'away'], 9e9, capacity)).toEqual(['away']));
});
