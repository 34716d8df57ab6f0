import { randomUUID } from 'node:crypto';
import { DEFAULT_POOL } from '@fathom/contracts';
import { QueueInspector, ReportPublisher } from '@fathom/queue';
import { createLogger, noTracer } from '@fathom/runtime';
import { Store } from '@fathom/store';
import { aReport, aSweepSpec, aTrainingConfig, usePostgres, useRedis } from '@fathom/testkit';
import { Redis } from 'ioredis';
import { systemClock } from '../clock';
import { Searches } from '../sweeps/searches';
import { Reconciler } from './reconciler';

const STREAM = 'fathom:{reports}';
const GROUP = 'coordinator';
const quiet = { warn: () => undefined };

describe('the reconciler', () => {
  const postgres = usePostgres();
  const redis = useRedis();
  let store: Store;
  let inspector: QueueInspector;
  let publisher: ReportPublisher;
  let admin: Redis;
  beforeAll(async () => {
    store = new Store({ url: await postgres.createDatabase(), onConnectionError: () => undefined });
    await store.migrate();
    inspector = new QueueInspector({ redisUrl: redis.url, log: quiet });
    publisher = new ReportPublisher({ redisUrl: redis.url, log: quiet });
    admin = new Redis(redis.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await Promise.all([store.close(), inspector.close(), publisher.close(1_000)]);
  });
  beforeEach(() => admin.flushall());

  const aReconciler = () =>
    new Reconciler(
      store,
      {
        presence: (trials) => inspector.presence(trials),
        reportProgress: () => inspector.reportProgress(),
        discard: () => Promise.resolve(),
      },
      {
        searches: new Searches(systemClock, noTracer),
        clock: systemClock,
        logger: createLogger({ name: 'test', level: 'silent' }),
        listener: { committed: () => undefined },
        graceMs: 0,
      },
    );

  /** A trial that was given to the queue, which has no job of it. @returns whether it waits for another one */
  async function givenLostTrial(): Promise<() => Promise<boolean>> {
    const [sweepId, trialId, createdAt] = [randomUUID(), randomUUID(), new Date()];
    await store.sweeps.insert({ id: sweepId, spec: aSweepSpec(), plannedTrials: 1, createdAt });
    await store.trials.insert([{ id: trialId, sweepId, number: 1, config: aTrainingConfig(), createdAt }]);
    await store.dispatch.sent([{ trialId, segment: 0, pool: DEFAULT_POOL }]);
    return async () => (await store.dispatch.waitingSweeps()).some((sweep) => sweep.sweepId === sweepId);
  }
  /** @returns id of its entry */
  async function report(): Promise<string> {
    publisher.publish(aReport('attemptStarted'));
    await publisher.flush(5_000);
    const [[id] = ['']] = await admin.xrevrange(STREAM, '+', '-', 'COUNT', 1);
    return id;
  }
  const take = () => admin.xreadgroup('GROUP', GROUP, 'one', 'STREAMS', STREAM, '>');
  const done = async (id: string) => {
    await admin.xack(STREAM, GROUP, id);
    await admin.xdel(STREAM, id);
  };

  it('enqueues a lost trial again once reports from before are done with, though others follow', async () => {
    const isWaiting = await givenLostTrial();
    const reconciler = aReconciler();
    const first = await report();
    await reconciler.reconcile();
    expect(await isWaiting()).toBe(false);
    await admin.xgroup('CREATE', STREAM, GROUP, '0');
    await reconciler.reconcile();
    expect(await isWaiting()).toBe(false);
    await take();
    await report();
    await reconciler.reconcile();
    // The first one is still in hand.
    expect(await isWaiting()).toBe(false);
    await take();
    await report();
    await done(first);
    // One is in hand and one waits, as ever on a busy fleet.
    await reconciler.reconcile();
    expect(await isWaiting()).toBe(true);
  });

  it('does so at once where there are no reports, or none any more', async () => {
    const isFirstWaiting = await givenLostTrial();
    await aReconciler().reconcile();
    expect(await isFirstWaiting()).toBe(true);
    const isSecondWaiting = await givenLostTrial();
    const reconciler = aReconciler();
    await report();
    await reconciler.reconcile();
    expect(await isSecondWaiting()).toBe(false);
    await admin.flushall();
    await reconciler.reconcile();
    expect(await isSecondWaiting()).toBe(true);
  });
});
