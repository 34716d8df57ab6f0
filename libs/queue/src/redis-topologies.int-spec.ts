import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  aReport,
  aTrainJob,
  eventually,
  makeCertificates,
  useRedisServers,
  type TestCertificates,
} from '@fathom/testkit';
import { Redis } from 'ioredis';
import { ControlChannel } from './control-channel';
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
  let url: string;
  beforeAll(async () => {
    const ports = [await servers.freePort(), await servers.freePort(), await servers.freePort()];
    for (const port of ports)
      await servers.start(`node-${String(port)}`, [
        ...[`port ${String(port)}`, 'bind 127.0.0.1', 'cluster-enabled yes', 'cluster-node-timeout 2000'],
        ...[`cluster-port ${String(await servers.freePort())}`, 'appendonly yes', 'requirepass pass'],
        ...['cluster-announce-ip 127.0.0.1'],
      ]);
    const admins = ports.map((port) => new Redis({ port, host: '127.0.0.1', password: 'pass' }));
    const [first] = admins;
    const SLOTS = 16_384;
    for (const [i, admin] of admins.entries()) {
      const [from, to] = [Math.floor((i * SLOTS) / 3), Math.floor(((i + 1) * SLOTS) / 3) - 1];
      await admin.cluster('ADDSLOTSRANGE', from, to);
      const bus = /^cluster_port:(\d+)/m.exec(await admin.info('server'))?.[1];
      const [, busPort] = /@(\d+)/.exec(String(await admin.cluster('NODES'))) ?? [];
      await first?.call('CLUSTER', 'MEET', '127.0.0.1', String(ports[i]), bus ?? busPort ?? '');
    }
    await eventually(async () => {
      for (const admin of admins)
        expect(await admin.cluster('INFO')).toMatch(/cluster_state:ok[^]*cluster_known_nodes:3/);
    });
    for (const admin of admins) admin.disconnect();
    url = `redis+cluster://:pass@${ports.map((port) => `127.0.0.1:${String(port)}`).join(',')}`;
  });

  it('does all that is asked of it', () => useAll(url));

  it('is refused where one of its nodes may evict jobs', async () => {
    const [, port = ''] = /:(\d+)$/.exec(url) ?? [];
    const admin = new Redis({ port: Number(port), host: '127.0.0.1', password: 'pass' });
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const health = closed(new RedisHealth({ redisUrl: url, log: recordingLog() }));
    await expect(health.refuseEviction({ waitMs: 5_000 })).rejects.toThrow(
      'Redis has maxmemory-policy allkeys-lru, which can lose jobs: set it to noeviction',
    );
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await health.refuseEviction();
    await admin.quit();
  });
});
