import { join, resolve } from 'node:path';
import type { ReportType, TrainJob } from '@fathom/contracts';
import { ControlChannel, redisUrlOf, TrialProducer } from '@fathom/queue';
import type { ServiceProcess } from '@fathom/services';
import {
  aTrainingConfig,
  aTrainJob,
  eventually,
  spawnNode,
  useRedisServers,
  useTempDir,
  type NodeProcess,
} from '@fathom/testkit';
import { Redis } from 'ioredis';
import { collectReports } from './testing/use-workers';

// Real trainings on a machine that may be busy with others.
jest.setTimeout(240_000);

const MAIN = resolve(__dirname, '../dist/main.js');
const PATIENCE = { timeoutMs: 90_000 };
const log = { warn: () => undefined };

describe('a worker whose Redis is behind Sentinels', () => {
  const servers = useRedisServers();
  const temp = useTempDir();
  let master: ServiceProcess;
  let env: { REDIS_URL: string; FATHOM_REDIS_SENTINEL_PASSWORD: string };
  let masterPort: () => Promise<number>;
  let worker: NodeProcess | undefined;

  beforeAll(async () => {
    const ports = await Promise.all(Array.from({ length: 5 }, () => servers.freePort()));
    const [one = 0, two = 0, ...guards] = ports;
    const common = ['bind 127.0.0.1', 'appendonly yes', 'requirepass pass', 'masterauth pass'];
    master = await servers.start('master', [`port ${String(one)}`, ...common]);
    await servers.start('replica', [`port ${String(two)}`, `replicaof 127.0.0.1 ${String(one)}`, ...common]);
    for (const port of guards)
      await servers.start(
        `sentinel-${String(port)}`,
        [
          ...[`port ${String(port)}`, 'bind 127.0.0.1', 'requirepass guard', 'sentinel sentinel-pass guard'],
          ...[`sentinel monitor mymaster 127.0.0.1 ${String(one)} 2`, 'sentinel auth-pass mymaster pass'],
          ...['sentinel down-after-milliseconds mymaster 1000', 'sentinel failover-timeout mymaster 6000'],
        ],
        { sentinel: true },
      );
    const guard = new Redis({
      port: guards[2] ?? 0,
      host: '127.0.0.1',
      password: 'guard',
      lazyConnect: true,
    });
    await guard.connect();
    masterPort = async () => {
      const found = await guard.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster');
      return Array.isArray(found) ? Number(found[1]) : 0;
    };
    // Before they know each other and the replica, they could not agree on anything.
    await eventually(async () => {
      expect(await guard.call('SENTINEL', 'CKQUORUM', 'mymaster')).toMatch(/^OK 3 usable/);
      expect(String(await guard.call('SENTINEL', 'REPLICAS', 'mymaster'))).toMatch(/master-link-status,ok/);
    }, PATIENCE);
    env = {
      REDIS_URL: `redis+sentinel://:pass@${guards.map((port) => `127.0.0.1:${String(port)}`).join(',')}/mymaster`,
      FATHOM_REDIS_SENTINEL_PASSWORD: 'guard',
    };
    closers.push(() => guard.quit());
  });
  const closers: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    worker?.kill('SIGKILL');
    await worker?.exited;
    for (const close of closers.splice(0).reverse()) await close();
  });

  it('goes on with its trials when another Redis becomes the master', async () => {
    const connection = { redisUrl: redisUrlOf(env), log };
    const producer = new TrialProducer(connection);
    const control = new ControlChannel(connection);
    const { consumer, reports } = collectReports(connection);
    closers.push(
      () => producer.close(),
      () => control.close(),
      () => consumer.stop(),
    );
    expect(await producer.untilConnected(10_000)).toBe(true);
    const of = (job: TrainJob, type: ReportType) =>
      reports.filter((report) => report.trialId === job.trialId && report.type === type);
    const until = (job: TrainJob, type: ReportType, more = 0) =>
      eventually(() => {
        if (of(job, type).length > more) return;
        throw new Error(`no ${type}\n${worker?.output().slice(-3_000) ?? ''}`);
      }, PATIENCE);

    worker = spawnNode(MAIN, [], {
      ...env,
      FATHOM_METRICS_PORT: '0',
      FATHOM_SLOTS: '1',
      FATHOM_THREADS: '1',
      FATHOM_ARTIFACTS: join(temp.path, 'artifacts'),
      FATHOM_CACHE_DIR: join(temp.path, 'cache'),
    });
    await worker.untilOutput(/takes trials/, PATIENCE);
    const long = aTrainJob({ config: aTrainingConfig({ epochs: 5_000, width: 0.25 }) });
    const next = aTrainJob();
    await producer.enqueueTrials([long]);
    await producer.enqueueTrials([next]);
    await until(long, 'epochReported');

    const before = await masterPort();
    process.kill(master.pid, 'SIGKILL');
    await eventually(async () => expect(await masterPort()).not.toBe(before), PATIENCE);
    await eventually(async () => expect(await producer.jobState(next)).toBe('waiting'), PATIENCE);
    const epochs = of(long, 'epochReported').length;
    await until(long, 'epochReported', epochs);
    // A message and the mark of it over the new master.
    await eventually(
      () => control.publishControl({ type: 'cancelTrial', sweepId: long.sweepId, trialId: long.trialId }),
      PATIENCE,
    );
    await until(long, 'attemptCancelled');
    await until(next, 'attemptCompleted');
    await eventually(async () => expect(await producer.jobState(next)).toBe('completed'), PATIENCE);
    expect(worker.output()).not.toMatch(/guard|:pass@/);
    worker.kill('SIGTERM');
    expect((await worker.exited).code).toBe(0);
  });
});
