import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  aSweepRequest,
  eventually,
  makeCertificates,
  spawnNode,
  startRedisCluster,
  startTlsPostgres,
  useRedisServers,
  type NodeProcess,
} from '@fathom/testkit';

// Real trainings on a machine that may be busy with others.
jest.setTimeout(240_000);

const PATIENCE = { timeoutMs: 90_000 };

describe('coordinators and a worker over TLS, with a Redis cluster', () => {
  const servers = useRedisServers();
  const processes: NodeProcess[] = [];
  const stops: (() => Promise<void>)[] = [];
  let env: Record<string, string>;

  beforeAll(async () => {
    const certificates = makeCertificates(join(servers.dir, 'certificates'));
    const postgres = await startTlsPostgres(join(servers.dir, 'postgres'), certificates);
    stops.push(() => postgres.stop());
    const cluster = await startRedisCluster(servers, {
      password: 'pass',
      tls: { ca: readFileSync(certificates.ca) },
      config: [
        ...['tls-auth-clients optional', `tls-ca-cert-file ${certificates.ca}`],
        ...[`tls-cert-file ${certificates.server.cert}`, `tls-key-file ${certificates.server.key}`],
      ],
    });
    env = {
      DATABASE_URL: postgres.url,
      FATHOM_DATABASE_CA: certificates.ca,
      FATHOM_DATABASE_CERT: certificates.client.cert,
      FATHOM_DATABASE_KEY: certificates.client.key,
      FATHOM_DATABASE_CONNECTIONS: '4',
      REDIS_URL: `rediss+cluster://:pass@${cluster.nodes}`,
      FATHOM_REDIS_CA: certificates.ca,
    };
  });
  afterAll(async () => {
    for (const running of processes.splice(0)) {
      running.kill('SIGKILL');
      await running.exited;
    }
    for (const stop of stops.splice(0)) await stop();
  });
  const start = (app: string, more: Record<string, string>) => {
    const running = spawnNode(resolve(__dirname, `../../${app}/dist/main.js`), [], { ...env, ...more });
    processes.push(running);
    return running;
  };

  it('start at the same time on an empty database, and run a sweep to its end', async () => {
    const coordinators = [1, 2].map(() => start('coordinator', { PORT: '0' }));
    const urls = await Promise.all(
      coordinators.map(
        async (running) => (await running.untilOutput(/"url":"(http[^"]+)"/, PATIENCE))[1] ?? '',
      ),
    );
    for (const url of urls)
      await eventually(async () => expect((await fetch(`${url}/ready`)).status).toBe(200), PATIENCE);
    const cache = join(servers.dir, 'cache');
    const worker = start('worker', { FATHOM_METRICS_PORT: '0', FATHOM_SLOTS: '1', FATHOM_CACHE_DIR: cache });
    await worker.untilOutput(/takes trials/, PATIENCE);
    const posted = await fetch(`${urls[0] ?? ''}/v1/sweeps`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(aSweepRequest()),
    });
    const { id } = (await posted.json()) as { id: string };
    await eventually(async () => {
      const sweep = (await (await fetch(`${urls[1] ?? ''}/v1/sweeps/${id}`)).json()) as { state: string };
      expect(sweep.state).toBe('completed');
    }, PATIENCE);
    const said = processes.map((running) => running.output()).join('\n');
    expect(said).not.toMatch(/:pass@|password=/);
  });

  it('are refused where Redis may evict jobs', async () => {
    const port = await servers.freePort();
    await servers.start('evicting', [
      `port ${String(port)}`,
      'bind 127.0.0.1',
      'maxmemory-policy allkeys-lru',
    ]);
    const noTls = { FATHOM_REDIS_CA: '' };
    const address = { REDIS_URL: `redis://127.0.0.1:${String(port)}`, ...noTls };
    const more = { ...address, PORT: '0', FATHOM_METRICS_PORT: '0' };
    for (const app of ['coordinator', 'worker']) {
      const running = start(
        app,
        app === 'worker' ? { ...more, PORT: '' } : { ...more, FATHOM_METRICS_PORT: '' },
      );
      expect((await running.exited).code).toBe(1);
      expect(running.output()).toMatch(
        /Redis has maxmemory-policy allkeys-lru, which can lose jobs: set it to noeviction/,
      );
    }
  });
});
