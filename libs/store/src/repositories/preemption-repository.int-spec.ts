import { randomUUID } from 'node:crypto';
import { aSweepSpec, aTrainingConfig, usePostgres } from '@fathom/testkit';
import { Store } from '../store';

const at = new Date('2026-01-01T00:00:00.000Z');

describe('places for a higher priority', () => {
  const postgres = usePostgres();
  let store: Store;
  beforeEach(async () => {
    store = new Store({ url: await postgres.createDatabase(), onConnectionError: () => undefined });
    await store.migrate();
  });
  afterEach(() => store.close());

  /** Trials of one sweep, on the queue of a pool. */
  async function given(pool: string, priority: number, trials: number): Promise<string[]> {
    const sweepId = randomUUID();
    const spec = aSweepSpec({ pools: [pool], priority });
    await store.sweeps.insert({ id: sweepId, spec, plannedTrials: trials, createdAt: at });
    const ids = Array.from({ length: trials }, () => randomUUID());
    await store.trials.insert(
      ids.map((id, index) => ({
        ...{ id, sweepId, number: index + 1, config: aTrainingConfig(), createdAt: at, pool },
      })),
    );
    await store.dispatch.sent(ids.map((trialId) => ({ trialId, segment: 0, pool })));
    return ids;
  }
  let seconds = 0;
  async function run(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const summary = await store.trials.summary(id);
      const [record] = await store.trials.records(summary?.sweepId ?? '', [id]);
      if (record) await store.trials.save({ ...record, state: 'running', currentFence: 1 });
      const startedAt = new Date(at.getTime() + 1_000 * seconds++);
      await store.attempts.save([
        {
          ...{ id: randomUUID(), trialId: id, fence: 1, state: 'running', workerId: 'w', device: 'cpu' },
          ...{ microBatch: null, failure: null, memo: null, startedAt, endedAt: null },
        },
      ]);
    }
  }
  const outranking = async (limit = 9) =>
    (await store.preemption.outranking(limit)).map(({ trialId }) => trialId);

  it('are those of the pool in which it waits', async () => {
    const [low = '', lower = ''] = [...(await given('a', 1, 1)), ...(await given('a', 0, 1))];
    const elsewhere = await given('b', 0, 2);
    const [urgent = ''] = await given('a', 5, 1);
    // Nothing that is worth less runs in its pool.
    await given('c', 9, 1);
    await run([low, lower, ...elsewhere]);
    expect(await outranking()).toEqual([urgent]);
    const running = await store.preemption.running(['a'], 9);
    expect(running.map(({ trialId, pool, priority }) => [trialId, pool, priority])).toEqual([
      [lower, 'a', 0],
      [low, 'a', 1],
    ]);
    expect(await store.preemption.running([], 9)).toEqual([]);
  });

  it('are asked for by the first of each pool, and given by those that have run for the shortest time', async () => {
    const [first = '', second = ''] = await given('a', 0, 2);
    await run([first, second, ...(await given('b', 0, 1))]);
    const [mostUrgent = ''] = await given('a', 9, 2);
    const [urgent = ''] = await given('b', 5, 2);
    expect(await outranking(1)).toEqual([mostUrgent, urgent]);
    const running = await store.preemption.running(['a', 'b'], 1);
    expect(running.filter(({ pool }) => pool === 'a').map(({ trialId }) => trialId)).toEqual([second]);
    expect(running).toHaveLength(2);
  });
});
