import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, type RunningPostgres } from './postgres';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined); // the server is killed under it on purpose
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('startPostgres', () => {
  let dir: string;
  let running: RunningPostgres[];
  const start = async (options: Partial<Parameters<typeof startPostgres>[0]> = {}) => {
    const postgres = await startPostgres({ dir, fast: true, ...options });
    running.push(postgres);
    return postgres;
  };
  beforeEach(() => {
    running = [];
    dir = mkdtempSync(join(tmpdir(), 'fathom-postgres-'));
  });
  afterEach(async () => {
    await Promise.all(running.map((postgres) => postgres.stop()));
    rmSync(dir, { recursive: true });
  });

  it('starts PostgreSQL 18 on 127.0.0.1 and keeps the data over a restart', async () => {
    const first = await start({ fast: false });
    expect(await query(first.url, 'SHOW server_version_num')).toEqual([
      { server_version_num: expect.stringMatching(/^18/) as string },
    ]);
    expect(await query(first.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(await query(first.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    await query(first.url, 'CREATE TABLE depths AS SELECT 110 AS depth');
    await Promise.all([first.stop(), first.stop()]);
    const second = await start();
    expect(second.url.replace(/:\d+\//, '/')).toBe(first.url.replace(/:\d+\//, '/'));
    expect(await query(second.url, 'SELECT depth FROM depths')).toEqual([{ depth: 110 }]);
  });

  it('lets nobody in without the password', async () => {
    const { url } = await start();
    const wrong = new URL(url);
    wrong.password = 'password';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('refuses a folder in which one is running, and says so', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow(
      new RegExp(`already running in .*data \\(process ${first.pid}, port ${first.port}\\)`),
    );
    expect(await query(first.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('starts again after SIGKILL, with the data', async () => {
    const first = await start({ fast: false });
    await query(first.url, 'CREATE TABLE depths AS SELECT 56 AS depth');
    process.kill(first.pid, 'SIGKILL');
    const second = await start();
    expect(await query(second.url, 'SELECT depth FROM depths')).toEqual([{ depth: 56 }]);
  });

  it('starts although another program has the process id of a killed one', async () => {
    const first = await start();
    process.kill(first.pid, 'SIGKILL');
    await first.stop();
    const other = spawn('sleep', ['60'], process.getuid?.() === 0 ? { uid: 101 } : {});
    const lock = join(dir, 'data', 'postmaster.pid');
    const [, ...rest] = readFileSync(lock, 'utf8').split('\n');
    writeFileSync(lock, [other.pid, ...rest].join('\n'));
    try {
      const second = await start();
      expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      other.kill();
    }
  });

  it('runs below a folder that is closed to everybody but its owner', async () => {
    const closed = join(dir, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o700);
    const { url } = await start({ dir: join(closed, 'database') });
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('initialises one folder once when two start at the same time', async () => {
    const results = await Promise.allSettled([start(), start()]);
    const started = results.filter((result) => result.status === 'fulfilled');
    expect(started).toHaveLength(1);
    expect(results.filter((result) => result.status === 'rejected').map((r) => String(r.reason))).toEqual([
      expect.stringMatching(/already running|lock file|PostgreSQL ended while starting/),
    ]);
    expect(await query(started[0]!.value.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
