import { join } from 'node:path';
import { eventually, spawnNode, usePostgres, useRedis, type NodeProcess } from '@fathom/testkit';
import getPort from 'get-port';
import { Redis } from 'ioredis';

const root = join(__dirname, '..');
const PATIENCE = { timeoutMs: 30_000, intervalMs: 50 };
const REDIS_PASSWORD = 'open:s@same/redis';
const WRONG_PASSWORD = 'wr@ng:w0rd"redis';
const WRONG_DATABASE_PASSWORD = 'wr@ng/w0rd postgres';

/** As it is, and as it stands in a URL and in JSON. */
const formsOf = (secret: string) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];

describe('passwords of services', () => {
  const redis = useRedis();
  const postgres = usePostgres();
  const processes: NodeProcess[] = [];
  let databaseUrl = '';
  let databasePassword = '';

  beforeAll(async () => {
    databaseUrl = await postgres.createDatabase();
    databasePassword = new URL(databaseUrl).password;
    const admin = new Redis(redis.url);
    await admin.config('SET', 'requirepass', REDIS_PASSWORD);
    admin.disconnect();
  });
  afterEach(async () => {
    for (const child of processes.splice(0)) {
      child.kill('SIGKILL');
      await child.exited;
    }
  });

  const redisUrl = (password: string) =>
    `redis://default:${encodeURIComponent(password)}@127.0.0.1:${String(redis.port)}`;
  const withDatabasePassword = (password: string) => {
    const url = new URL(databaseUrl);
    url.password = encodeURIComponent(password);
    return url.href;
  };
  function start(app: 'coordinator' | 'worker', env: Record<string, string>): NodeProcess {
    const child = spawnNode(join(root, `apps/${app}/dist/main.js`), [], {
      FATHOM_LOG_LEVEL: 'trace',
      ...env,
    });
    processes.push(child);
    return child;
  }
  async function startCoordinator(urls: { redis: string; database: string }) {
    const port = String(await getPort());
    const child = start('coordinator', { PORT: port, REDIS_URL: urls.redis, DATABASE_URL: urls.database });
    const url = `http://127.0.0.1:${port}`;
    await eventually(async () => expect((await fetch(`${url}/health`)).status).toBe(200), PATIENCE);
    const answers = async () => {
      const paths = ['/ready', '/metrics', '/v1/sweeps', '/queues/api/queues', '/openapi.json'];
      return Promise.all(paths.map(async (path) => (await fetch(url + path)).text()));
    };
    return { child, url, answers };
  }
  const demandNoSecret = (texts: readonly string[]) => {
    const secrets = [REDIS_PASSWORD, WRONG_PASSWORD, WRONG_DATABASE_PASSWORD, databasePassword];
    for (const secret of secrets.flatMap(formsOf))
      for (const text of texts) expect(text).not.toContain(secret);
  };

  it('are in no log and no answer of a coordinator that they do not let in', async () => {
    const urls = { redis: redisUrl(WRONG_PASSWORD), database: withDatabasePassword(WRONG_DATABASE_PASSWORD) };
    const { child, url, answers } = await startCoordinator(urls);
    await child.untilOutput(/WRONGPASS/, PATIENCE);
    await child.untilOutput(/password authentication failed/, PATIENCE);
    // Redis' driver says in its error with what it asked to be let in.
    expect(child.output()).toContain('[secret]');
    expect((await fetch(`${url}/v1/sweeps`)).status).toBe(503);
    demandNoSecret([child.output(), ...(await answers())]);
  });

  it('are in no log of a worker that they do not let in', async () => {
    const child = start('worker', { REDIS_URL: redisUrl(WRONG_PASSWORD), FATHOM_METRICS_PORT: '0' });
    const [, metrics = ''] = await child.untilOutput(/"metrics":"([^"]+)"/, PATIENCE);
    await child.untilOutput(/WRONGPASS/, PATIENCE);
    const ready = await fetch(metrics.replace('/metrics', '/ready'));
    expect(ready.status).toBe(503);
    demandNoSecret([child.output(), await ready.text(), await (await fetch(metrics)).text()]);
  });

  it('are in no log and no answer where the services go away', async () => {
    const { child, url, answers } = await startCoordinator({
      redis: redisUrl(REDIS_PASSWORD),
      database: databaseUrl,
    });
    await eventually(async () => expect((await fetch(`${url}/ready`)).status).toBe(200), PATIENCE);
    const before = await answers();
    await redis.stop();
    await postgres.stop();
    await child.untilOutput(/ECONNREFUSED/, PATIENCE);
    await eventually(async () => expect((await fetch(`${url}/v1/sweeps`)).status).toBe(503), PATIENCE);
    demandNoSecret([child.output(), ...before, ...(await answers())]);
    await redis.start();
    await postgres.start();
  });

  it('and other values are not told where the environment is wrong', async () => {
    const coordinator = start('coordinator', {
      PORT: '-12345',
      DATABASE_URL: 'mysql://root:hunter2-hunter2@host/db',
      FATHOM_METRIC_PORT: '54321',
      FATHOM_BOARD: 'off',
      FATHOM_BOARD_PORT: '9000',
    });
    expect(await coordinator.exited).toEqual({ code: 1, signal: null });
    const said = coordinator.output();
    for (const line of [
      'PORT: Too small: expected number to be >=0',
      'DATABASE_URL: must be a postgres:// or postgresql:// URL',
      'REDIS_URL: is missing',
      'FATHOM_METRIC_PORT: is unknown; is FATHOM_METRICS_PORT meant?',
      'FATHOM_BOARD_PORT: has no meaning while FATHOM_BOARD is off',
    ])
      expect(said).toContain(`  ${line}\n`);
    expect(said).not.toMatch(/12345|54321|hunter2|mysql/);
  });
});
