import { randomUUID } from 'node:crypto';
import {
  DEFAULT_POOL,
  type Problem,
  type SweepDetail,
  type TrialDetail,
  type TrialPage,
} from '@fathom/contracts';
import { consumeTrials, LogPublisher, QueueInspector, ReportPublisher } from '@fathom/queue';
import { aReport, aSweepRequest, aSweepSpec, eventually, finalMetrics } from '@fathom/testkit';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { startCoordinator, useCoordinator } from './testing/use-coordinator';

const AT_ONCE_MS = 2_000;

describe('a coordinator without what it needs', () => {
  const api = useCoordinator({ reconcileIntervalMs: 200, reconcileGraceMs: 500 });
  const submit = (overrides: Parameters<typeof aSweepRequest>[0] = { space: { depth: [8] } }) =>
    api.post<SweepDetail>('/v1/sweeps', aSweepRequest(overrides));
  const firstTrial = async (sweepId: string) => {
    const { body } = await api.get<TrialPage>(`/v1/sweeps/${sweepId}/trials`);
    const [trial] = body.items;
    if (!trial) throw new Error('the sweep has a trial');
    return trial;
  };
  async function presence(trialId: string) {
    const inspector = new QueueInspector({ redisUrl: api.redis.url, log: { warn: () => undefined } });
    try {
      return await eventually(
        async () => (await inspector.presence([{ trialId, segment: 0, pool: DEFAULT_POOL }]))[0]?.state,
      );
    } finally {
      await inspector.close();
    }
  }
  const isReady = () => eventually(async () => expect((await api.get('/ready')).status).toBe(200));

  it('answers 503 while PostgreSQL is away, and recovers', async () => {
    const { body: sweep } = await submit();
    await api.postgres.stop();
    // An answer from just before counts for a moment.
    await eventually(async () => expect((await api.get('/ready')).status).toBe(503));
    for (const [method, path] of [
      ['get', '/v1/sweeps'],
      ['get', `/v1/sweeps/${sweep.id}`],
      ['post', '/v1/sweeps'],
      ['get', '/ready'],
    ] as const) {
      const answer =
        method === 'get' ? await api.get<Problem>(path) : await api.post<Problem>(path, aSweepRequest());
      expect(answer).toMatchObject({ status: 503, body: { code: 'dependency-unavailable' } });
      expect(answer.headers.get('retry-after')).toBe('2');
      expect(answer.ms).toBeLessThan(AT_ONCE_MS);
      // Nothing of where it is or how it was reached.
      expect(JSON.stringify(answer.body)).not.toMatch(/127\.0\.0\.1|ECONN|postgres:/);
    }
    expect((await api.get('/health')).status).toBe(200);
    const scrape = await fetch(`${api.url}/metrics`);
    expect(scrape.status).toBe(200);
    expect(await scrape.text()).not.toMatch(/^fathom_sweeps\{/m);
    await api.postgres.start();
    await isReady();
    expect((await api.get(`/v1/sweeps/${sweep.id}`)).status).toBe(200);
    expect((await submit()).status).toBe(201);
  });

  const nothingPending = () =>
    eventually(async () => expect(await api.coordinator.http.store.outbox.pending()).toBe(0));

  it('answers 503 to what needs Redis while it is away, goes on reading, and recovers', async () => {
    const { body: sweep } = await submit();
    await nothingPending();
    await api.redis.stop();
    // An answer from just before counts for a moment.
    await eventually(async () => expect((await api.get('/ready')).status).toBe(503));
    const refused = await api.post<Problem>('/v1/sweeps', aSweepRequest());
    expect(refused).toMatchObject({ status: 503, body: { code: 'dependency-unavailable' } });
    expect(refused.ms).toBeLessThan(AT_ONCE_MS);
    expect((await fetch(`${api.url}/queues`)).status).toBe(503);
    expect((await api.get(`/v1/sweeps/${sweep.id}`)).status).toBe(200);
    expect((await api.get('/v1/sweeps')).status).toBe(200);
    // Cancelling needs the database only; the workers hear of it when Redis is back.
    expect((await api.post(`/v1/sweeps/${sweep.id}/cancel`)).status).toBe(200);
    expect(await api.coordinator.http.store.outbox.pending()).toBe(1);
    await api.redis.start();
    await isReady();
    expect((await submit()).status).toBe(201);
    await nothingPending();
  });

  it.each([
    ['is full', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
    ['has become a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
  ] as const)(
    'answers 503 to what needs Redis while it %s, loses no report, and recovers',
    async (_, spoil, mend) => {
      const admin = new Redis(api.redis.url);
      const say = ([command, ...args]: readonly [string, ...string[]]) => admin.call(command, ...args);
      const publisher = new ReportPublisher({ redisUrl: api.redis.url, log: { warn: () => undefined } });
      const [{ body: sweep }, { body: other }] = [await submit(), await submit()];
      const trial = await firstTrial(sweep.id);
      await nothingPending();
      await say(spoil);
      await eventually(async () => expect((await api.get('/ready')).status).toBe(503));
      const refused = await api.post<Problem>('/v1/sweeps', aSweepRequest());
      expect(refused).toMatchObject({ status: 503, body: { code: 'dependency-unavailable' } });
      expect(refused.ms).toBeLessThan(AT_ONCE_MS);
      expect((await api.get(`/v1/sweeps/${sweep.id}`)).status).toBe(200);
      expect((await api.post(`/v1/sweeps/${other.id}/cancel`)).status).toBe(200);
      const attempt = { sweepId: sweep.id, trialId: trial.id, attemptId: randomUUID(), fence: 1 };
      publisher.publish(aReport('attemptStarted', attempt));
      publisher.publish(aReport('attemptCompleted', { ...attempt, metrics: finalMetrics() }));
      expect(await publisher.flush(500)).toBe(false);
      expect(publisher.buffered).toBe(2);
      expect(await api.coordinator.http.store.outbox.pending()).toBe(1);
      await say(mend);
      await isReady();
      await eventually(async () =>
        expect((await api.get<SweepDetail>(`/v1/sweeps/${sweep.id}`)).body.state).toBe('completed'),
      );
      await nothingPending();
      expect(publisher.dropped).toBe(0);
      await publisher.close(1_000);
      admin.disconnect();
    },
  );

  it('answers 503 to what writes while PostgreSQL takes no writes, loses no report and no log, and recovers', async () => {
    const { body: sweep } = await submit();
    const trial = await firstTrial(sweep.id);
    await nothingPending();
    const admin = new Client({ connectionString: api.postgres.url });
    await admin.connect();
    const takeWrites = async (takes: boolean) => {
      await admin.query(`ALTER SYSTEM SET default_transaction_read_only = ${takes ? 'off' : 'on'}`);
      await admin.query('SELECT pg_reload_conf()');
      await eventually(async () => {
        const { status } = await api.post<Problem>('/v1/sweeps', aSweepRequest());
        expect(status).toBe(takes ? 201 : 503);
      });
    };
    await takeWrites(false);
    const attempt = { sweepId: sweep.id, trialId: trial.id, attemptId: randomUUID(), fence: 1 };
    const logs = new LogPublisher({ redisUrl: api.redis.url, log: { warn: () => undefined } });
    const lines = [{ at: '2026-01-01T00:00:00.000Z', source: 'training' as const, text: 'hear, hear' }];
    const { trialId, attemptId, fence } = attempt;
    logs.publish({ trialId, attemptId, fence, seq: 0, endOffset: 10, lines });
    expect(await logs.close(1_000)).toBe(0);
    await api.report(
      aReport('attemptStarted', attempt),
      aReport('attemptCompleted', { ...attempt, metrics: finalMetrics() }),
    );
    const redis = new Redis(api.redis.url);
    // They were offered to the database; what it refuses is offered again, not given up.
    for (const stream of ['fathom:{reports}', 'fathom:{logs}'])
      await eventually(async () => {
        const [pending] = (await redis.xpending(stream, 'coordinator')) as [number];
        expect(pending).toBeGreaterThan(0);
      });
    await takeWrites(true);
    await eventually(async () =>
      expect((await api.get<SweepDetail>(`/v1/sweeps/${sweep.id}`)).body.state).toBe('completed'),
    );
    await eventually(async () =>
      expect(await (await fetch(`${api.url}/v1/trials/${trial.id}/logs`)).text()).toContain('hear, hear'),
    );
    redis.disconnect();
    await admin.end();
  });

  it('starts while both are away, and serves when they come', async () => {
    await api.postgres.stop();
    await api.redis.stop();
    const early = await startCoordinator(api.options());
    expect((await fetch(`${early.url}/health`)).status).toBe(200);
    expect((await fetch(`${early.url}/v1/sweeps`)).status).toBe(503);
    await api.redis.start();
    await api.postgres.start();
    await eventually(async () => expect((await fetch(`${early.url}/v1/sweeps`)).status).toBe(200));
    await early.stop();
    await isReady();
  });

  it('stops in order while both are away', async () => {
    const doomed = await startCoordinator(api.options());
    await eventually(async () => expect((await fetch(`${doomed.url}/ready`)).status).toBe(200));
    await api.postgres.stop();
    await api.redis.stop();
    await doomed.stop();
    await api.redis.start();
    await api.postgres.start();
    await isReady();
  });

  it('carries out after a restart what was committed before a crash', async () => {
    // What a coordinator leaves behind that was killed between its commit and the queue.
    const { store } = api.coordinator.http;
    await api.redis.stop();
    const answer = await fetchWithoutRedis();
    const trial = await firstTrial(answer.id);
    const isWaiting = async () =>
      (await store.dispatch.waitingSweeps()).some(({ sweepId }) => sweepId === answer.id);
    expect(await isWaiting()).toBe(true);
    await api.redis.start();
    const restarted = await api.another();
    await eventually(async () => expect(await isWaiting()).toBe(false));
    expect(await presence(trial.id)).toBe('live');
    expect((await fetch(`${restarted.url}/v1/sweeps/${answer.id}`)).status).toBe(200);
  });

  it('enqueues a trial again whose job Redis lost, with a higher fence', async () => {
    const { body: sweep } = await submit();
    const trial = await firstTrial(sweep.id);
    await eventually(async () => expect(await presence(trial.id)).toBe('live'));
    const lost = { sweepId: sweep.id, trialId: trial.id, attemptId: randomUUID(), fence: 3 };
    await api.report(aReport('attemptStarted', lost));
    await eventually(async () =>
      expect((await api.get<TrialDetail>(`/v1/trials/${trial.id}`)).body.state).toBe('running'),
    );
    await api.forgetJobs();
    const requeued = await eventually(async () => {
      const { body } = await api.get<TrialDetail>(`/v1/trials/${trial.id}`);
      expect(body.state).toBe('queued');
      return body;
    });
    expect(requeued.attemptHistory).toMatchObject([{ fence: 3, state: 'lost' }]);
    await eventually(async () => expect(await presence(trial.id)).toBe('live'));
    const [job] = await api.coordinator.http.store.trials.jobs([trial.id]);
    expect(job?.fenceBase).toBe(3);
    const next = { ...lost, attemptId: randomUUID(), fence: 4 };
    await api.report(aReport('attemptCompleted', { ...next, metrics: finalMetrics() }));
    await eventually(async () =>
      expect((await api.get<SweepDetail>(`/v1/sweeps/${sweep.id}`)).body.state).toBe('completed'),
    );
  });

  it('fails a trial whose job the queue gave up and whose worker says nothing', async () => {
    const { body: sweep } = await submit();
    const trial = await firstTrial(sweep.id);
    const worker = consumeTrials({
      redisUrl: api.redis.url,
      log: { warn: () => undefined },
      concurrency: 1,
      handlers: {
        train: () => Promise.resolve({ type: 'failed', message: 'out of luck' }),
      },
    });
    const ended = await eventually(async () => {
      const { body } = await api.get<TrialDetail>(`/v1/trials/${trial.id}`);
      expect(body.state).toBe('failed');
      return body;
    });
    await worker.drain();
    expect(ended.failure).toEqual({ class: 'internal', message: 'out of luck', log: '' });
    expect((await api.get<SweepDetail>(`/v1/sweeps/${sweep.id}`)).body.state).toBe('failed');
  });

  it('cancels what is left of a sweep that is over its time', async () => {
    const { body: sweep } = await submit({ space: { depth: [8] }, budget: { maxWallClockSeconds: 0.5 } });
    const ended = await eventually(async () => {
      const { body } = await api.get<SweepDetail>(`/v1/sweeps/${sweep.id}`);
      expect(body.state).toBe('cancelled');
      return body;
    });
    expect(ended.reason).toContain('maxWallClockSeconds');
    expect(ended.trials.cancelled).toBe(1);
  });

  /** A sweep in the database whose trials never reached the queue: the API itself refuses while Redis is away. */
  async function fetchWithoutRedis(): Promise<SweepDetail> {
    const { sweeps } = api.coordinator.http;
    return sweeps.submit(aSweepSpec({ space: { depth: [8] } }));
  }
});
