import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { spawnNode } from './spawn-node';
import { useTempDir } from './temp-dir';
import { usePostgres } from './use-postgres';
import { useRedis } from './use-redis';

describe('usePostgres', () => {
  const postgres = usePostgres();

  it('gives each test an empty database, kept over a restart', async () => {
    const [first, second] = [await postgres.createDatabase(), await postgres.createDatabase()];
    const query = async (url: string, sql: string) => {
      const client = new Client({ connectionString: url });
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(sql)).rows;
      } finally {
        await client.end();
      }
    };
    await query(first, 'CREATE TABLE trials AS SELECT 1 AS number');
    await expect(query(second, 'SELECT * FROM trials')).rejects.toThrow('does not exist');
    await postgres.stop();
    await expect(query(first, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await postgres.start();
    expect(await query(first, 'SELECT number FROM trials')).toEqual([{ number: 1 }]);
  });
});

describe('useRedis', () => {
  const redis = useRedis();

  it('comes back under the same URL', async () => {
    const { url } = redis;
    await redis.stop();
    await redis.start();
    expect(redis.url).toBe(url);
  });
});

describe('spawnNode', () => {
  const dir = useTempDir();
  const script = (text: string) => {
    const file = join(dir.path, `${Math.random().toString(36).slice(2)}.cjs`);
    writeFileSync(file, text);
    return file;
  };

  it('captures output and exit code', async () => {
    const child = spawnNode(
      script('console.log(process.argv[2], process.env.GREETING); process.exitCode = 3;'),
      ['20'],
      {
        GREETING: 'hello',
      },
    );
    expect((await child.untilOutput(/(\d+) hello/))[1]).toBe('20');
    expect(await child.exited).toEqual({ code: 3, signal: null });
  });

  it('kills by signal', async () => {
    const child = spawnNode(script('setInterval(() => {}, 1000); console.log("up");'));
    await child.untilOutput(/up/);
    child.kill('SIGKILL');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('says what was written instead when the process ends early', async () => {
    const child = spawnNode(script('console.error("no config");'));
    await expect(child.untilOutput(/ready/)).rejects.toThrow(/ended \(code 0, signal null\)[\s\S]*no config/);
  });
});
