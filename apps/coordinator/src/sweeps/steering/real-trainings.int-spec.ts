import { cp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { SweepDetail, SweepSpecInput, TrialDetail, TrialPage, Verification } from '@fathom/contracts';
import { TrialProducer } from '@fathom/queue';
import { aSweepRequest, eventually, spawnNode, useTempDir, type NodeProcess } from '@fathom/testkit';
import { useCoordinator } from '../../testing/use-coordinator';

// Real trainings on a machine that may be busy with others.
jest.setTimeout(240_000);
const PATIENCE = { timeoutMs: 120_000 };
const WORKER = resolve(__dirname, '../../../../worker/dist/main.js');

describe('real trainings that are steered', () => {
  const api = useCoordinator();
  const dir = useTempDir();
  const workers: NodeProcess[] = [];
  beforeAll(async () => {
    const worker = spawnNode(WORKER, [], {
      REDIS_URL: api.redis.url,
      FATHOM_METRICS_PORT: '0',
      FATHOM_SLOTS: '2',
      FATHOM_THREADS: '1',
      FATHOM_CACHE_DIR: join(dir.path, 'cache'),
      FATHOM_CHECKPOINT_DIR: join(dir.path, 'checkpoints'),
      FATHOM_MODEL_DIR: join(dir.path, 'models'),
    });
    workers.push(worker);
    await worker.untilOutput(/takes trials/, PATIENCE);
  });
  afterAll(async () => {
    for (const worker of workers) {
      worker.kill('SIGKILL');
      await worker.exited;
    }
  });

  const given = async (overrides: Partial<SweepSpecInput>) => {
    const { status, body } = await api.post<SweepDetail>('/v1/sweeps', aSweepRequest(overrides));
    expect(status).toBe(201);
    return body.id;
  };
  const sweepOf = async (id: string) => (await api.get<SweepDetail>(`/v1/sweeps/${id}`)).body;
  const trialsOf = async (id: string) => (await api.get<TrialPage>(`/v1/sweeps/${id}/trials`)).body.items;
  const detailsOf = async (id: string) =>
    Promise.all(
      (await trialsOf(id)).map(async (trial) => (await api.get<TrialDetail>(`/v1/trials/${trial.id}`)).body),
    );
  const steer = (id: string, operation: string, body?: object) =>
    api.post<SweepDetail>(`/v1/sweeps/${id}/${operation}`, body);
  const untilEnded = (id: string) =>
    eventually(async () => {
      const sweep = await sweepOf(id);
      expect(sweep.endedAt).not.toBeNull();
      return sweep;
    }, PATIENCE);
  const resultsOf = async (id: string) =>
    (await detailsOf(id)).map(({ number, metrics, epochs }) => ({
      number,
      test: metrics?.testLoss,
      losses: epochs.map(({ epoch, trainLoss, validationLoss }) => [epoch, trainLoss, validationLoss]),
    }));
  const queueCounts = async () => {
    const producer = new TrialProducer({ redisUrl: api.redis.url, log: { warn: () => undefined } });
    await producer.untilConnected(5_000);
    const counts = await producer.counts();
    await producer.close();
    return counts;
  };

  it('end with the same numbers where their sweep was paused in the middle', async () => {
    const spec: Partial<SweepSpecInput> = {
      space: { learningRate: [0.1, 0.05, 0.02] },
      recipe: { depth: 8, width: 0.25, epochs: 16, batchSize: 20, seed: 3 },
    };
    const undisturbed = await given(spec);
    await untilEnded(undisturbed);

    const id = await given(spec);
    await eventually(async () => {
      const running = (await trialsOf(id)).filter(
        ({ state, epochsDone }) => state === 'running' && epochsDone >= 2,
      );
      expect(running).toHaveLength(2);
    }, PATIENCE);
    expect((await steer(id, 'pause')).body.state).toBe('paused');
    await eventually(
      async () => expect((await sweepOf(id)).trials).toMatchObject({ queued: 3, running: 0 }),
      PATIENCE,
    );
    await eventually(async () =>
      expect(await queueCounts()).toMatchObject({ waiting: 0, active: 0, delayed: 0 }),
    );
    const held = await detailsOf(id);
    expect(held.map(({ attemptHistory }) => attemptHistory.map(({ state }) => state))).toEqual([
      ['interrupted'],
      ['interrupted'],
      [],
    ]);

    await steer(id, 'resume');
    expect(await untilEnded(id)).toMatchObject({ state: 'completed', trials: { completed: 3 } });
    expect(await resultsOf(id)).toEqual(await resultsOf(undisturbed));
    const after = await detailsOf(id);
    expect(after.map(({ attempts }) => attempts)).toEqual([2, 2, 1]);
    expect(workers[0]?.output()).toMatch(/"resumedFromStep":[1-9]/);
  });

  it('are begun again where they failed, and go on where there is more to do', async () => {
    const teacher = join(dir.path, 'teacher');
    const id = await given({
      space: { teacher: ['', teacher], seed: { min: 1, max: 100 } },
      constraints: [`teacher != '' || seed == 7`, `teacher == '' || seed == 8`],
      search: { algorithm: 'random', trials: 2, maxConcurrent: 1 },
      scheduler: { algorithm: 'asha' },
      recipe: { depth: 8, width: 0.25, epochs: 2, batchSize: 20 },
    });
    expect(await untilEnded(id)).toMatchObject({ state: 'completed', trials: { completed: 1, failed: 1 } });
    const [failed, completed] = (await trialsOf(id)).sort(
      (a, b) => Number(a.metrics !== null) - Number(b.metrics !== null),
    );
    expect(failed?.failure).toMatchObject({ class: 'user-error' });
    await cp(join(dir.path, 'models', id, completed?.id ?? ''), teacher, { recursive: true });
    await steer(id, 'rerun-failed', { reason: 'the teacher is there now' });
    expect(await untilEnded(id)).toMatchObject({ state: 'completed', trials: { completed: 2, failed: 0 } });
    const again = (await trialsOf(id)).find(({ number }) => number === failed?.number);
    expect(again).toMatchObject({ attempts: 2, epochsDone: 2, failure: null });

    const other = await given({
      space: { learningRate: { min: 0.01, max: 0.1, scale: 'log' } },
      search: { algorithm: 'random', trials: 1 },
      recipe: { depth: 8, width: 0.25, epochs: 1, batchSize: 20 },
    });
    await untilEnded(other);
    expect((await steer(other, 'extend', { trials: 3 })).body.state).toBe('running');
    expect(await untilEnded(other)).toMatchObject({ state: 'completed', trials: { completed: 3 } });
    for (const sweep of [id, other]) {
      const { body } = await api.get<Verification>(`/v1/sweeps/${sweep}/verification`);
      expect(body.contradictions).toEqual([]);
    }
  });

  it('make room for those of a sweep with a higher priority, and go on afterwards', async () => {
    const recipe = { depth: 8, width: 0.25, batchSize: 20 };
    const low = await given({
      space: { learningRate: [0.1, 0.05] },
      recipe: { ...recipe, epochs: 5_000 },
    });
    await eventually(async () => {
      const running = (await trialsOf(low)).filter(({ epochsDone }) => epochsDone > 0);
      expect(running).toHaveLength(2);
    }, PATIENCE);
    const equal = await given({ space: { learningRate: [0.02] }, recipe: { ...recipe, epochs: 1 } });
    const high = await given({
      priority: 7,
      space: { learningRate: [0.01] },
      recipe: { ...recipe, epochs: 1 },
    });
    expect(await untilEnded(high)).toMatchObject({ state: 'completed' });
    expect((await sweepOf(low)).state).toBe('running');
    // One place was needed, and the younger attempt had to leave it; what is no higher waits its turn.
    const states = (await detailsOf(low)).map(({ attemptHistory }) => attemptHistory[0]?.state).sort();
    expect(states).toEqual(['interrupted', 'running']);
    const failures = (await detailsOf(low)).map(({ failure }) => failure);
    expect(failures).toEqual([null, null]);
    // What has come further goes first, and nobody makes room for an equal.
    await eventually(async () => expect((await sweepOf(low)).trials.running).toBe(2), PATIENCE);
    expect((await sweepOf(equal)).trials).toMatchObject({ queued: 1 });
    await steer(low, 'cancel');
    expect(await untilEnded(equal)).toMatchObject({ state: 'completed' });
  });
});
