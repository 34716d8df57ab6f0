import { randomUUID } from 'node:crypto';
import type { WorkerFacts } from '@fathom/contracts';
import { QueueInspector, TrialProducer } from '@fathom/queue';
import { noTracer } from '@fathom/runtime';
import { Store } from '@fathom/store';
import { aSweepSpec, aTrainingConfig, usePostgres, useRedis } from '@fathom/testkit';
import fc from 'fast-check';
import { Dispatcher } from './dispatcher';
import { MemoryForecast } from './memory-forecast';

const POOLS = ['p', 'q'];
const TRIALS = 4;
const quiet = { warn: () => undefined };
const at = new Date('2026-01-01T00:00:00.000Z');

describe('the dispatcher, whatever happens in between', () => {
  const postgres = usePostgres();
  const redis = useRedis();
  let store: Store;
  let queue: TrialProducer;
  let inspector: QueueInspector;
  // What it has to build takes longer on a busy machine than a look predicts for; every look would begin anew.
  const memory = new MemoryForecast();
  beforeAll(async () => {
    store = new Store({ url: await postgres.createDatabase(), onConnectionError: () => undefined });
    await store.migrate();
    [queue, inspector] = [TrialProducer, QueueInspector].map(
      (Client) => new Client({ redisUrl: redis.url, log: quiet }),
    ) as [TrialProducer, QueueInspector];
    await queue.untilConnected(5_000);
  });
  afterAll(() => Promise.all([store.close(), queue.close(), inspector.close()]));

  const facts = (pool: string, slots: number): WorkerFacts => ({
    ...{ worker: pool, node: pool, pool, slots, devices: slots, memoryBytes: null },
  });

  /** A sweep of a few trials in two pools, of which each can take one and one more. */
  async function world() {
    const sweepId = randomUUID();
    const ids = Array.from({ length: TRIALS }, () => randomUUID());
    const spec = aSweepSpec({ pools: POOLS });
    await store.sweeps.insert({ id: sweepId, spec, plannedTrials: TRIALS, createdAt: at });
    await store.trials.insert(
      ids.map((id, index) => ({ id, sweepId, number: index + 1, config: aTrainingConfig(), createdAt: at })),
    );
    const live = new Map(POOLS.map((pool) => [pool, 1]));
    const leader = () => {
      const workers = () =>
        Promise.resolve(
          POOLS.flatMap((pool) => (live.get(pool) === 0 ? [] : [facts(pool, live.get(pool) ?? 0)])),
        );
      return { store, queue, workers, memory, tracer: noTracer, logger: quiet };
    };
    const records = () => store.trials.records(sweepId, ids);
    const record = async (index: number) => (await records()).find(({ id }) => id === ids[index]);

    const can = {
      dispatch: () => new Dispatcher(leader()).dispatch(),
      /** It dies before it can say what it has put on the queue. */
      crash: async () => {
        const dispatch = Object.assign(Object.create(store.dispatch) as typeof store.dispatch, {
          sent: () => Promise.reject(new Error('killed')),
        });
        const parts = { ...leader(), store: { dispatch, trials: store.trials } };
        await new Dispatcher(parts).dispatch().catch((error: unknown) => {
          expect(String(error)).toBe('Error: killed');
        });
      },
      twoLeaders: async () => {
        await Promise.all([can.dispatch(), can.dispatch()]);
      },
      workersGo: (pool: string) => void live.set(pool, 0),
      workersCome: (pool: string) => void live.set(pool, 1),
      recall: async () => {
        const there = POOLS.filter((pool) => live.get(pool) !== 0);
        await store.dispatch.recall(await queue.removeUnstarted(await store.dispatch.stranded(there, 99)));
      },
      pause: async () => {
        await store.sweeps.pause(sweepId, 'lunch', at);
        await queue.removeTrials(await store.trials.queued(sweepId));
      },
      resume: async () => {
        await store.sweeps.resume(sweepId, at);
        await store.dispatch.resend(sweepId);
      },
      /** As far as anybody can see from outside: its job goes, and the trial runs, has ended or comes back. */
      trial: async (index: number, becomes: 'running' | 'completed' | 'interrupted') => {
        const trial = await record(index);
        if (trial === undefined || !(await jobsOf(trial.id)).some(({ segment }) => segment === trial.segment))
          return;
        const currentFence = trial.currentFence + 1;
        if (becomes === 'running') {
          await store.trials.save({ ...trial, currentFence, state: 'running' });
          return;
        }
        for (const { pool, segment } of await jobsOf(trial.id))
          await queue.removeTrials([{ trialId: trial.id, pool, segment }]);
        await (becomes === 'completed'
          ? store.trials.save({ ...trial, currentFence, state: 'completed', endedAt: at })
          : store.trials.save({ ...trial, currentFence, state: 'queued', segment: trial.segment + 1 }));
      },
    };

    /** Jobs that there are of a trial, in whichever queue. */
    async function jobsOf(trialId: string) {
      const all = POOLS.flatMap((pool) => [0, 1, 2, 3, 4, 5].map((segment) => ({ trialId, segment, pool })));
      const presence = await inspector.presence(all);
      return all.filter((_, index) => presence[index]?.state === 'live');
    }
    async function check(history: string) {
      for (const { id, number } of await records()) {
        const jobs = (await jobsOf(id)).map(({ pool, segment }) => `segment ${String(segment)} in ${pool}`);
        expect({ history, number, jobs }).toEqual({ history, number, jobs: jobs.slice(0, 1) });
      }
    }
    async function end(history: string) {
      for (const pool of POOLS) live.set(pool, TRIALS);
      await can.resume();
      for (let look = 0; look < 3; look++) await can.dispatch();
      for (const { id, number, state, segment, pool } of await records()) {
        const jobs = (await jobsOf(id)).map((job) => ({ segment: job.segment, pool: job.pool }));
        const expected = state === 'completed' ? [] : [{ segment, pool }];
        expect({ history, number, jobs }).toEqual({ history, number, jobs: expected });
      }
      const held = (await store.dispatch.held()).reduce((sum, { trials }) => sum + trials, 0);
      expect(held).toBe((await records()).filter(({ state }) => state !== 'completed').length);
      await store.sweeps.end(sweepId, 'cancelled', 'over', at);
      await queue.removeTrials((await Promise.all((await records()).map(({ id }) => jobsOf(id)))).flat());
      await store.trials.cancelOpen(sweepId, at);
    }
    return { can, check, end };
  }

  it('sends trials of which nobody can say what they take, and those behind them, and says so once', async () => {
    const [broken, taught, sound] = [randomUUID(), randomUUID(), randomUUID()];
    const warnings: unknown[] = [];
    const sent: string[] = [];
    const recipes = [
      [broken, { frozenStages: 5 }],
      // How large a teacher is only a worker can see.
      [taught, { teacher: '/models/deep.safetensors', distillWeight: 0.5 }],
      [sound, {}],
    ] as const;
    for (const [sweepId, recipe] of recipes) {
      const spec = aSweepSpec({ pools: POOLS, priority: sweepId === sound ? 0 : 1 });
      await store.sweeps.insert({ id: sweepId, spec, plannedTrials: 2, createdAt: at });
      const trials = [1, 2].map((number) => ({ id: randomUUID(), number }));
      const config = aTrainingConfig({ depth: 20, ...recipe });
      await store.trials.insert(trials.map((trial) => ({ ...trial, sweepId, config, createdAt: at })));
    }
    const dispatcher = new Dispatcher({
      ...{ store, queue, tracer: noTracer, memory: new MemoryForecast() },
      workers: () => Promise.resolve(POOLS.map((pool) => facts(pool, TRIALS))),
      logger: { warn: (fields: unknown) => void warnings.push(fields) },
    });
    for (let look = 0; look < 3; look++) await dispatcher.dispatch();
    for (const sweepId of [broken, taught, sound])
      for (const segment of await store.trials.queued(sweepId)) {
        const [presence] = await inspector.presence([segment]);
        if (presence?.state === 'live') sent.push(sweepId);
      }
    expect(sent).toEqual([broken, broken, taught, taught, sound, sound]);
    expect(warnings).toMatchObject([{ sweep: broken, err: { field: 'frozenStages', given: 5 } }]);
    for (const sweepId of [broken, taught, sound]) {
      await queue.removeTrials(await store.trials.queued(sweepId));
      await store.sweeps.end(sweepId, 'cancelled', 'over', at);
      await store.trials.cancelOpen(sweepId, at);
    }
  });

  const pool = fc.constantFrom(...POOLS);
  const trial = fc.tuple(fc.nat(TRIALS - 1), fc.constantFrom('running', 'completed', 'interrupted'));
  const plain = fc.constantFrom('dispatch', 'crash', 'twoLeaders', 'recall', 'pause', 'resume');
  const action = fc.oneof(
    { weight: 6, arbitrary: plain.map((name) => [name] as const) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom('workersGo', 'workersCome'), pool) },
    { weight: 3, arbitrary: trial.map(([index, becomes]) => ['trial', index, becomes] as const) },
  );

  it('has each trial on one queue at the most, and in the end each that waits on one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 14 }), async (actions) => {
        const { can, check, end } = await world();
        const history: string[] = [];
        for (const [name, ...given] of actions) {
          history.push([name, ...given].join(' '));
          await (can[name] as (...args: unknown[]) => Promise<void> | void)(...given);
          await check(history.join(', '));
        }
        await end(history.join(', '));
      }),
      { numRuns: 30, seed: 5, endOnFailure: true },
    );
  }, 120_000);
});
