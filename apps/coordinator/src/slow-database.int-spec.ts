import { randomUUID } from 'node:crypto';
import { sweepDetailSchema, trialDetailSchema, trialPageSchema } from '@fathom/contracts';
import { ReportPublisher } from '@fathom/queue';
import { createLogger } from '@fathom/runtime';
import { aReport, aSweepRequest, eventually, finalMetrics, usePostgres, useRedis } from '@fathom/testkit';
import { startSlowProxy, type SlowProxy } from './testing/slow-proxy';
import { startCoordinator, type RunningCoordinator } from './testing/use-coordinator';

const SLOW_MS = 60;
const HELD_MS = 6_000;
const AT_ONCE_MS = 2_000;
const PATIENCE = { timeoutMs: 30_000 };

jest.setTimeout(90_000);

describe('a coordinator whose PostgreSQL answers slowly', () => {
  let coordinator: RunningCoordinator;
  let publisher: ReportPublisher;
  let proxy: SlowProxy;
  afterAll(async () => {
    proxy.release();
    await publisher.close(1_000);
    await coordinator.stop();
    await proxy.close();
  });
  const redis = useRedis();
  const postgres = usePostgres();

  beforeAll(async () => {
    proxy = await startSlowProxy(postgres.port);
    const databaseUrl = new URL(await postgres.createDatabase());
    databaseUrl.port = String(proxy.port);
    const logger = createLogger({ name: 'test', level: 'silent' });
    publisher = new ReportPublisher({ redisUrl: redis.url, log: logger });
    coordinator = await startCoordinator({ databaseUrl: databaseUrl.href, redisUrl: redis.url, logger });
    await isReady();
  });
  afterEach(() => {
    proxy.delayMs = 0;
    proxy.release();
  });

  async function ask(path: string, body?: unknown): Promise<{ status: number; body: unknown; ms: number }> {
    const began = performance.now();
    const response = await fetch(coordinator.url + path, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
    });
    return { status: response.status, body: await response.json(), ms: performance.now() - began };
  }
  const sweepOf = async (path: string, body?: unknown) =>
    sweepDetailSchema.parse((await ask(path, body)).body);
  const isReady = () => eventually(async () => expect((await ask('/ready')).status).toBe(200), PATIENCE);
  const isLeader = async () =>
    /^fathom_leader(?:\{.*\})? 1$/m.test(await (await fetch(`${coordinator.url}/metrics`)).text());

  async function givenTrial() {
    const sweep = await sweepOf('/v1/sweeps', aSweepRequest({ space: { depth: [8] } }));
    const page = trialPageSchema.parse((await ask(`/v1/sweeps/${sweep.id}/trials`)).body);
    const attempt = {
      sweepId: sweep.id,
      trialId: page.items[0]?.id ?? '',
      attemptId: randomUUID(),
      fence: 1,
    };
    const complete = () => {
      publisher.publish(aReport('attemptStarted', attempt));
      publisher.publish(aReport('epochReported', attempt));
      publisher.publish(aReport('attemptCompleted', { ...attempt, metrics: finalMetrics() }));
    };
    const hasCompleted = () =>
      eventually(async () => {
        expect((await sweepOf(`/v1/sweeps/${sweep.id}`)).state).toBe('completed');
        const trial = trialDetailSchema.parse((await ask(`/v1/trials/${attempt.trialId}`)).body);
        expect(trial.attemptHistory).toMatchObject([{ fence: 1, state: 'completed' }]);
        expect(trial.epochs).toHaveLength(1);
      }, PATIENCE);
    return { complete, hasCompleted };
  }

  it(`does everything where each answer takes ${String(SLOW_MS)} ms, and goes on leading`, async () => {
    await eventually(async () => expect(await isLeader()).toBe(true), PATIENCE);
    proxy.delayMs = SLOW_MS;
    const { complete, hasCompleted } = await givenTrial();
    complete();
    await hasCompleted();
    expect(await isLeader()).toBe(true);
    expect((await ask('/ready')).status).toBe(200);
  });

  it('answers 503 at once where no answer comes, leads no more, and takes up what it missed', async () => {
    const { complete, hasCompleted } = await givenTrial();
    await eventually(async () => expect(await isLeader()).toBe(true), PATIENCE);
    proxy.hold();
    complete();
    await eventually(async () => expect((await ask('/ready')).status).toBe(503));
    const until = performance.now() + HELD_MS;
    while (performance.now() < until) {
      const answer = await ask('/v1/sweeps');
      expect(answer).toMatchObject({ status: 503, body: { code: 'dependency-unavailable' } });
      expect(answer.ms).toBeLessThan(AT_ONCE_MS);
      expect((await ask('/health')).status).toBe(200);
    }
    expect(await isLeader()).toBe(false);
    proxy.release();
    await isReady();
    await hasCompleted();
    await eventually(async () => expect(await isLeader()).toBe(true), PATIENCE);
  });
});
