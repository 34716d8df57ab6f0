import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  isTrialEnded,
  liveEventSchema,
  modelFiles,
  trialPageSchema,
  verificationSchema,
  type LiveEvent,
  type TrialSummary,
} from '@fathom/contracts';
import { QueueInspector, TrialProducer } from '@fathom/queue';
import { Store } from '@fathom/store';
import { aSweepRequest, eventually } from '@fathom/testkit';
import { Random } from '../../libs/search/src/random';
import type { Killable } from './killable';
import { disturb, type Disturbance } from './killer';
import { keepResults, settings } from './settings';
import { entriesOf, processesOf } from './traces';
import { useKillableStack } from './use-killable-stack';

const size = settings.isWhole
  ? { trials: 60, workers: 3, disturbances: 40, trainImages: 1_000, epochs: 4, pauseMs: [2_000, 6_000] }
  : { trials: 6, workers: 2, disturbances: 6, trainImages: 400, epochs: 2, pauseMs: [1_500, 3_000] };
const LOCK_MS = settings.isWhole ? 5_000 : 2_000;
const FREEZE_MS = 1.5 * LOCK_MS;
const END_MS = settings.isWhole ? 1_200_000 : 120_000;
const SOON = { timeoutMs: 30_000, intervalMs: 200 };

jest.setTimeout(END_MS);

const spec = aSweepRequest({
  name: 'chaos',
  dataset: { kind: 'shapes', trainImages: size.trainImages, testImages: 50 },
  space: {
    depth: [8],
    learningRate: { min: 0.01, max: 0.1, scale: 'log' },
    seed: { min: 0, max: 1_000_000 },
  },
  search: { algorithm: 'random', trials: size.trials, seed: settings.seed },
  recipe: { epochs: size.epochs, batchSize: 20, width: 0.25 },
});

describe('trainings while processes are killed and frozen', () => {
  const stack = useKillableStack({ coordinators: 2 });
  const workers: Killable[] = [];
  let quiet: TrialSummary[];
  let disturbed: TrialSummary[];
  let sweepId = '';
  let log: Disturbance[] = [];
  const seconds = { undisturbed: 0, disturbed: 0 };

  const trialsOf = async (id: string) =>
    (await stack.ask(trialPageSchema, `/v1/sweeps/${id}/trials?limit=1000`)).items;
  const timed = async (what: keyof typeof seconds, work: () => Promise<unknown>) => {
    const began = performance.now();
    await work();
    seconds[what] = (performance.now() - began) / 1_000;
  };

  beforeAll(async () => {
    for (let i = 1; i <= size.workers; i++) {
      const name = `worker ${String(i)}`;
      const env = {
        ...{ FATHOM_WORKER_ID: name, FATHOM_METRICS_PORT: '0', FATHOM_THREADS: '1', FATHOM_SLOTS: '1' },
        ...{ FATHOM_LOG_LEVEL: 'info', FATHOM_LOCK_MS: String(LOCK_MS), FATHOM_CHECKPOINT_EVERY_STEPS: '3' },
        ...{ FATHOM_CACHE_DIR: join(stack.dir, 'cache'), FATHOM_MODEL_DIR: join(stack.dir, 'models') },
        FATHOM_CHECKPOINT_DIR: join(stack.dir, 'checkpoints'),
      };
      workers.push(await stack.program(name, 'apps/worker/dist/main.js', { env, ready: /takes trials/ }));
    }
  });

  it('trains them to their end undisturbed', async () => {
    await timed('undisturbed', async () => {
      const { id } = await stack.submit(spec);
      await stack.untilEnded(id, END_MS);
      quiet = await trialsOf(id);
    });
    expect(quiet.map(({ state }) => state)).toEqual(Array(size.trials).fill('completed'));
  });

  it('trains them to their end while processes are killed and frozen', async () => {
    await timed('disturbed', async () => {
      sweepId = (await stack.submit(spec)).id;
      const ended = stack.untilEnded(sweepId, END_MS);
      log = await disturb({
        random: Random.seeded(settings.seed),
        count: size.disturbances,
        pauseMs: [size.pauseMs[0] ?? 0, size.pauseMs[1] ?? 0],
        freezeMs: FREEZE_MS,
        processes: [...stack.coordinators, ...workers, stack.redis, stack.postgres],
        workers,
      });
      await ended;
      disturbed = await trialsOf(sweepId);
    });
    keepResults({
      ...size,
      seed: settings.seed,
      seconds,
      log,
      attempts: disturbed.map(({ attempts }) => attempts),
    });
    expect(disturbed.map(({ state, failure }) => ({ state, failure }))).toEqual(
      Array(size.trials).fill({ state: 'completed', failure: null }),
    );
  });

  it('has ended each trial once', async () => {
    const ends = (await eventsOf(sweepId)).flatMap((event) =>
      event.type === 'trialChanged' && isTrialEnded(event.state) ? [event.number] : [],
    );
    expect(ends.sort((a, b) => a - b)).toEqual(quiet.map(({ number }) => number));
  });

  it('has the models of the undisturbed trainings, to the last bit', () => {
    const modelOf = ({ sweepId: sweep, id }: TrialSummary) =>
      createHash('sha256')
        .update(readFileSync(join(stack.dir, 'models', sweep, id, modelFiles.weights)))
        .digest('hex');
    expect(disturbed.map(({ config }) => config)).toEqual(quiet.map(({ config }) => config));
    expect(disturbed.map(modelOf)).toEqual(quiet.map(modelOf));
    expect(new Set(quiet.map(modelOf)).size).toBe(size.trials);
    expect(disturbed.map(({ objective }) => objective)).toEqual(quiet.map(({ objective }) => objective));
  });

  it('has decided what its records say', async () => {
    expect(await stack.ask(verificationSchema, `/v1/sweeps/${sweepId}/verification`)).toMatchObject({
      agrees: true,
      contradictions: [],
    });
  });

  it('leaves nothing on the queue, in the outbox or on the disk', async () => {
    const connection = { redisUrl: stack.redisUrl, log: { warn: () => undefined } };
    const [producer, inspector] = [new TrialProducer(connection), new QueueInspector(connection)];
    const store = new Store({ url: stack.databaseUrl, onConnectionError: () => undefined });
    try {
      await store.migrate();
      await eventually(async () => {
        expect(await producer.counts()).toMatchObject({ waiting: 0, delayed: 0, active: 0, failed: 0 });
        expect(await inspector.hasUntakenReports()).toBe(false);
        expect(await store.outbox.pending()).toBe(0);
        expect(entriesOf(join(stack.dir, 'checkpoints'))).toEqual([]);
      }, SOON);
    } finally {
      await Promise.all([producer.close(), inspector.close(), store.close()]);
    }
    const left = ['cache', 'models'].flatMap((folder) => entriesOf(join(stack.dir, folder)));
    expect(left.filter((name) => /tmp|draft|lock/.test(name))).toEqual([]);
  });

  it('leaves no process behind', async () => {
    const all = [...stack.coordinators, ...workers, stack.redis, stack.postgres];
    expect(all.flatMap(({ faults }) => faults)).toEqual([]);
    await stack.stop();
    await eventually(() => expect(processesOf(stack.dir)).toEqual([]), SOON);
  });

  /** All that was stored. */
  async function eventsOf(id: string): Promise<LiveEvent[]> {
    const store = new Store({ url: stack.databaseUrl, onConnectionError: () => undefined });
    try {
      await store.migrate();
      return liveEventSchema.array().parse(await store.events.after(id, 0n, 100_000));
    } finally {
      await store.close();
    }
  }
});
