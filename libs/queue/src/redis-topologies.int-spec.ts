import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  aReport,
  aTrainJob,
  eventually,
  makeCertificates,
  startRedisCluster,
  useRedisServers,
  type TestCertificates,
  type TestRedisCluster,
} from '@fathom/testkit';
import { Redis } from 'ioredis';
import { ControlChannel } from './control-channel';
import { BULLMQ_PREFIX } from './keys';
import { LiveChannel } from './live-channel';
import { QueueInspector } from './queue-inspector';
import { redisUrlOf } from './redis-environment';
import { RedisHealth } from './redis-health';
import { ReportConsumer } from './report-consumer';
import { ReportPublisher } from './report-publisher';
import { recordingLog } from './testing/recording-log';
import { consumeTrials } from './trial-consumer';
import { TrialProducer } from './trial-producer';
import { WorkerDirectory } from './worker-directory';

const servers = useRedisServers();
const closers: (() => Promise<unknown>)[] = [];
const closed = <T extends { close(): Promise<unknown> }>(part: T): T => {
  closers.push(() => part.close());
  return part;
};
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Everything that coordinator and workers do with Redis, once. */
async function useAll(redisUrl: string): Promise<void> {
  const log = recordingLog();
  const options = { redisUrl, log };
  const health = closed(new RedisHealth(options));
  await health.refuseEviction({ waitMs: 5_000 });
  await health.ping(5_000);
  const producer = closed(new TrialProducer(options));
  expect(await producer.untilConnected(5_000)).toBe(true);

  const [job, other] = [aTrainJob(), aTrainJob({ pool: 'gpu' })];
  await producer.enqueueTrials([job, other]);
  const inspector = closed(new QueueInspector(options));
  await eventually(async () =>
    expect(await inspector.presence([job, other])).toMatchObject([{ state: 'live' }, { state: 'live' }]),
  );
  await producer.removeTrials([other]);
  expect(await producer.counts()).toMatchObject({ waiting: 1 });
  expect(await producer.waiting('default', 0)).toBe(1);

  const publisher = new ReportPublisher(options);
  closers.push(() => publisher.close(1_000));
  const reports: string[] = [];
  const consumer = new ReportConsumer({
    ...options,
    consumerName: randomUUID(),
    onReports: (batch) => {
      reports.push(...batch.map(({ trialId }) => trialId));
      return Promise.resolve();
    },
  });
  consumer.start();
  closers.push(() => consumer.stop());
  const worker = consumeTrials({
    ...options,
    handlers: {
      train: ({ data }) => {
        publisher.publish(aReport('attemptStarted', { trialId: data.trialId }));
        return Promise.resolve({ type: 'completed' });
      },
    },
    concurrency: 1,
    workerName: 'one',
    lockDurationMs: 1_000,
  });
  closers.push(() => worker.drain({ timeoutMs: 1_000 }));
  await worker.ready;
  await eventually(async () => expect(await producer.jobState(job)).toBe('completed'));
  await eventually(() => expect(reports).toEqual([job.trialId]));
  await eventually(async () => expect(await inspector.hasUntakenReports()).toBe(false));
  expect(await producer.reading()).toMatchObject({ completed: 1, leases: { held: 0 } });
  const directory = closed(new WorkerDirectory(options));
  await eventually(async () =>
    expect((await directory.live()).map(({ worker: name }) => name)).toEqual(['one']),
  );

  const control = closed(new ControlChannel(options));
  const live = closed(new LiveChannel(options));
  const heard: string[] = [];
  const subscriptions = [
    control.subscribeControl({ onMessage: ({ type }) => heard.push(type) }),
    live.subscribeLive({ onEvent: ({ type }) => heard.push(type) }),
  ];
  for (const subscription of subscriptions) await closed(subscription).ready;
  const { sweepId, trialId } = job;
  await control.publishControl({ type: 'cancelTrial', sweepId, trialId });
  await eventually(() => expect(heard).toEqual(['cancelTrial']));
  expect(await control.endingOf(sweepId, trialId)).toBe('cancelled');
  await control.publishControl({ type: 'pauseSweep', sweepId });
  expect(await control.orderFor(sweepId, randomUUID())).toBe('held');
  await control.clearMarks(sweepId);
  expect(await control.orderFor(sweepId, randomUUID())).toBeUndefined();
}

describe('Redis with TLS, certificates of both sides and a user of few rights', () => {
  const RIGHTS =
    '~{fathom}:* ~fathom:{*}* &fathom:* +@all -@admin -@dangerous +info +client|setname +client|list';
  let certificates: TestCertificates;
  let port: number;
  const urlWith = (more: object = {}, login = 'fathom:p%40ss') =>
    redisUrlOf({
      REDIS_URL: `rediss://${login}@127.0.0.1:${String(port)}`,
      FATHOM_REDIS_CA: certificates.ca,
      FATHOM_REDIS_CERT: certificates.client.cert,
      FATHOM_REDIS_KEY: certificates.client.key,
      ...more,
    });
  beforeAll(async () => {
    certificates = makeCertificates(join(servers.dir, 'certificates'));
    port = await servers.freePort();
    await servers.start('tls', [
      ...['port 0', `tls-port ${String(port)}`, 'bind 127.0.0.1', 'appendonly yes', 'tls-auth-clients yes'],
      ...[`tls-ca-cert-file ${certificates.ca}`, `tls-cert-file ${certificates.server.cert}`],
      ...[`tls-key-file ${certificates.server.key}`, 'user default off', `user fathom on >p@ss ${RIGHTS}`],
    ]);
  });

  it('does all that is asked of it', () => useAll(urlWith()));

  it.each([
    ['an authority that it does not know', () => urlWith({ FATHOM_REDIS_CA: '' }), /certificate/],
    ['no certificate of its own', () => urlWith({ FATHOM_REDIS_CERT: '', FATHOM_REDIS_KEY: '' }), /./],
    ['a wrong password', () => urlWith({}, 'fathom:wrong'), /WRONGPASS/],
  ])('is not connected to by one with %s, who is told so', async (_what, url, reason) => {
    const log = recordingLog();
    const health = closed(new RedisHealth({ redisUrl: url(), log }));
    await expect(health.ping(3_000)).rejects.toThrow();
    await eventually(() => expect(log.messages.join()).toMatch(reason));
    expect(log.messages.join()).not.toMatch(/p@ss|p%40ss/);
  });
});

describe('Redis as a cluster of three', () => {
  let cluster: TestRedisCluster;
  let url: string;
  beforeAll(async () => {
    cluster = await startRedisCluster(servers, { password: 'pass', replicaFor: BULLMQ_PREFIX });
    url = `redis+cluster://:pass@${cluster.nodes}`;
  });

  it('does all that is asked of it', () => useAll(url));

  it('is refused where one of its nodes may evict jobs', async () => {
    const admin = new Redis({ port: cluster.ports[2] ?? 0, host: '127.0.0.1', password: 'pass' });
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const health = closed(new RedisHealth({ redisUrl: url, log: recordingLog() }));
    await expect(health.refuseEviction({ waitMs: 5_000 })).rejects.toThrow(
      'Redis has maxmemory-policy allkeys-lru, which can lose jobs: set it to noeviction',
    );
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await health.refuseEviction();
    await admin.quit();
  });

  it('goes on when the node with its keys is lost and another takes its place', async () => {
    const options = { redisUrl: url, log: recordingLog() };
    const producer = closed(new TrialProducer(options));
    const control = closed(new ControlChannel(options));
    expect(await producer.untilConnected(5_000)).toBe(true);
    const heard: string[] = [];
    const trained: string[] = [];
    const subscription = closed(control.subscribeControl({ onMessage: ({ type }) => heard.push(type) }));
    await subscription.ready;
    const worker = consumeTrials({
      ...options,
      handlers: {
        train: ({ data }) => {
          trained.push(data.trialId);
          return Promise.resolve({ type: 'completed' });
        },
      },
      concurrency: 1,
    });
    closers.push(() => worker.drain({ timeoutMs: 1_000 }));
    await worker.ready;
    const [first, second] = [aTrainJob(), aTrainJob()];
    await producer.enqueueTrials([first]);
    await eventually(() => expect(trained).toEqual([first.trialId]));

    const lost = await cluster.masterOf(BULLMQ_PREFIX);
    process.kill(lost.pid, 'SIGKILL');
    await eventually(async () => expect((await cluster.masterOf(BULLMQ_PREFIX)).pid).not.toBe(lost.pid), {
      timeoutMs: 30_000,
    });
    await eventually(() => producer.enqueueTrials([second]), { timeoutMs: 30_000 });
    await eventually(() => expect(trained).toEqual([first.trialId, second.trialId]), { timeoutMs: 30_000 });
    await eventually(
      async () => {
        await control.publishControl({ type: 'pauseSweep', sweepId: second.sweepId });
        expect(heard).toContain('pauseSweep');
      },
      { timeoutMs: 30_000 },
    );
  });
});
