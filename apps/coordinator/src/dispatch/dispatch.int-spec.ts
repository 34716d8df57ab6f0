import { randomUUID } from 'node:crypto';
import type { Fleet, SweepDetail, SweepSpecInput, TrialPage } from '@fathom/contracts';
import { consumeTrials, type TrialConsumer, type TrialConsumerOptions } from '@fathom/queue';
import { aReport, aSweepRequest, eventually, finalMetrics } from '@fathom/testkit';
import { useCoordinator } from '../testing/use-coordinator';

const learningRate = { min: 0.01, max: 1, scale: 'log' } as const;
const quiet = { warn: () => undefined };

describe('what waits for a place', () => {
  const api = useCoordinator();
  const consumers: TrialConsumer[] = [];
  afterEach(async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.drain({ timeoutMs: 5_000 })));
  });

  interface Taken {
    readonly sweep: string;
    readonly depth: number;
    readonly pool: string;
    readonly memoryBytes: number | undefined;
  }

  /** Workers of a pool that take their time for a trial and report it. */
  function workers(
    pool: string,
    concurrency: number,
    more: Partial<TrialConsumerOptions> & {
      ms?: number;
      admits?: (trialId: string) => boolean;
      left?: () => void;
    } = {},
  ) {
    const taken: Taken[] = [];
    const { ms = 20, admits = () => true, left = () => undefined, ...options } = more;
    consumers.push(
      consumeTrials({
        ...{ redisUrl: api.redis.url, log: quiet, pool, concurrency, ...options },
        handlers: {
          train: async ({ data, fence }) => {
            const { sweepId, trialId, sweepName, config, memoryBytes, segment } = data;
            if (!admits(trialId)) return { type: 'requeue', delayMs: 300 };
            taken.push({ sweep: sweepName, depth: config.depth, pool, memoryBytes });
            const attempt = { sweepId, trialId, segment, attemptId: randomUUID(), fence };
            await api.report(aReport('attemptStarted', attempt));
            await new Promise((resolve) => setTimeout(resolve, ms));
            await api.report(aReport('attemptCompleted', { ...attempt, metrics: finalMetrics() }));
            left();
            return { type: 'completed' };
          },
        },
      }),
    );
    return taken;
  }
  const submit = async (name: string, trials: number, more: Partial<SweepSpecInput>) => {
    const search = { algorithm: 'random' as const, trials };
    const request = aSweepRequest({ name, search, space: { depth: [8], learningRate }, ...more });
    const { status, body } = await api.post<SweepDetail>('/v1/sweeps', request);
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body.id;
  };
  const untilEnded = (id: string) =>
    eventually(
      async () => {
        const { body } = await api.get<SweepDetail>(`/v1/sweeps/${id}`);
        expect(body.state).toBe('completed');
      },
      { timeoutMs: 30_000 },
    );

  it('is shared by owners and by the sweeps of each, whoever came first', async () => {
    const taken = workers('pair', 2);
    const pools = ['pair'];
    const first = await submit('ada-1', 60, { owner: 'ada', pools });
    await eventually(() => expect(taken.length).toBeGreaterThan(4));
    const [second, third] = await Promise.all([
      submit('ada-2', 12, { owner: 'ada', pools }),
      submit('bob', 24, { owner: 'bob', pools }),
    ]);
    await Promise.all([first, second, third].map(untilEnded));
    const share = taken.slice(
      taken.findIndex(({ sweep }) => sweep === 'bob'),
      taken.findLastIndex(({ sweep }) => sweep === 'bob'),
    );
    const of = (name: string) => share.filter(({ sweep }) => sweep === name).length;
    // Half for each owner, and of Ada's half one half for each of her sweeps; a look or two of the leader apart.
    expect(Math.abs(of('bob') - (of('ada-1') + of('ada-2')))).toBeLessThanOrEqual(6);
    expect(Math.abs(of('ada-1') - of('ada-2'))).toBeLessThanOrEqual(6);
    expect(taken).toHaveLength(96);
  });

  it('goes to the first pool of its sweep that has the memory for it, or else to that which has most', async () => {
    const small = workers('small', 1, { memoryBytes: 1e9 });
    const large = workers('large', 1, { memoryBytes: 4e9 });
    const id = await submit('depths', 12, {
      pools: ['small', 'large'],
      space: { depth: [20, 110], learningRate },
      recipe: { batchSize: 128, epochs: 1 },
    });
    const huge = await submit('huge', 2, {
      pools: ['small', 'large'],
      space: { depth: [1202], learningRate },
      recipe: { batchSize: 128, epochs: 1 },
    });
    await untilEnded(id);
    await untilEnded(huge);
    expect(new Set(small.map(({ depth }) => depth))).toEqual(new Set([20]));
    expect(large.filter(({ depth }) => depth === 110).length).toBeGreaterThan(0);
    const [deep] = large.filter(({ depth }) => depth === 110);
    expect(deep?.memoryBytes).toBeGreaterThan(1.5e9);
    expect(deep?.memoryBytes).toBeLessThan(2.5e9);
    expect(large.filter(({ depth }) => depth === 1202)).toHaveLength(2);
    expect(small.length + large.length).toBe(14);
  });

  it('floods no queue of a pool whose workers turn trials away', async () => {
    const places = { free: 2 };
    const away = new Set<string>();
    let most = 0;
    workers('crowd', 8, {
      ms: 60,
      // As a worker does whose devices are full.
      admits: (trial) => {
        const isIn = places.free > 0;
        if (isIn) places.free--;
        away[isIn ? 'delete' : 'add'](trial);
        most = Math.max(most, away.size);
        return isIn;
      },
      left: () => {
        places.free++;
      },
    });
    const id = await submit('crowded', 60, { pools: ['crowd'] });
    await untilEnded(id);
    expect(most).toBeGreaterThan(3);
    // One for each slot, and one or two more.
    expect(most).toBeLessThanOrEqual(12);
  });

  it('goes to another of its pools where the workers of the first are gone before they took it', async () => {
    const first = workers('first', 1, { ms: 2_000 });
    const id = await submit('moving', 6, { pools: ['first', 'second'] });
    await eventually(() => expect(first).toHaveLength(1));
    // Some wait in the queue of the first pool for the place that will never be free.
    await Promise.all(consumers.splice(0).map((consumer) => consumer.drain({ timeoutMs: 5_000 })));
    const second = workers('second', 2);
    await untilEnded(id);
    expect(first.length + second.length).toBe(6);
    expect(second.length).toBeGreaterThanOrEqual(4);
  });

  it('stays in the database while its pool has no worker, and says so', async () => {
    const id = await submit('patient', 3, { pools: ['night'], owner: 'eve' });
    const fleet = async () => (await api.get<Fleet>('/v1/fleet')).body;
    await eventually(async () => {
      const { pools, owners } = await fleet();
      expect(pools.find(({ pool }) => pool === 'night')).toEqual({
        ...{ pool: 'night', workers: 0, slots: 0, memoryBytes: null, running: 0, waiting: 3 },
      });
      expect(owners).toContainEqual({ owner: 'eve', sweeps: 1, running: 0, waiting: 3 });
    });
    const { body } = await api.get<TrialPage>(`/v1/sweeps/${id}/trials`);
    expect(body.items.map(({ state }) => state)).toEqual(['queued', 'queued', 'queued']);
    const taken = workers('night', 3, { memoryBytes: 8e9, devices: 1, node: 'moon', workerName: 'owl' });
    await untilEnded(id);
    expect(taken).toHaveLength(3);
    // Trials that share a device are sized.
    expect(taken[0]?.memoryBytes).toBeGreaterThan(3.8e8);
    expect((await fleet()).workers).toContainEqual({
      ...{ worker: 'owl', node: 'moon', pool: 'night', slots: 3, devices: 1, memoryBytes: 8e9 },
    });
  });
});
