import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findRedisServer, startRedis, type RunningRedis } from './redis';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

function say(port: number, command: string): Promise<string> {
  return new Promise((answer, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write(`${command}\r\n`));
    socket.once('data', (data) => {
      socket.destroy();
      answer(data.toString());
    });
    socket.once('error', reject);
  });
}

describe('startRedis', () => {
  let dir: string;
  let redis: RunningRedis | undefined;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'fathom-redis-'));
  });
  afterEach(async () => {
    await redis?.stop();
    rmSync(dir, { recursive: true });
  });

  it('serves until it is stopped and never evicts', async () => {
    redis = await startRedis({ dir });
    expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`);
    expect(await say(redis.port, 'PING')).toBe('+PONG\r\n');
    expect(await say(redis.port, 'CONFIG GET maxmemory-policy')).toContain('noeviction');
    await Promise.all([redis.stop(), redis.stop()]);
    await redis.stop();
    expect(isAlive(redis.pid)).toBe(false);
    await expect(say(redis.port, 'PING')).rejects.toThrow('ECONNREFUSED');
  });

  it('keeps what it holds over a restart if asked to', async () => {
    redis = await startRedis({ dir, appendOnly: true });
    await say(redis.port, 'SET depth 110');
    await redis.stop();
    redis = await startRedis({ dir, appendOnly: true, port: redis.port });
    expect(await say(redis.port, 'GET depth')).toBe('$3\r\n110\r\n');
  });

  it('says what to do where there is no redis-server', async () => {
    expect(findRedisServer({ PATH: dir })).toBeUndefined();
    await expect(startRedis({ dir, env: { PATH: dir } })).rejects.toThrow(
      'redis-server was not found on the PATH: install Redis, or set REDIS_URL',
    );
  });

  it('shows the end of the log where it cannot start, here because the port is taken', async () => {
    redis = await startRedis({ dir });
    await expect(startRedis({ dir: join(dir, 'second'), port: redis.port })).rejects.toThrow(
      /Redis ended while starting.*redis\.log:\n[\s\S]*Address already in use/,
    );
  });

  it('ends with the process that started it, even if that is killed', async () => {
    execFileSync('npx', ['tsc', '--build', 'libs/services'], { cwd: join(__dirname, '../../..') });
    const script = `require(${JSON.stringify(join(__dirname, '../dist/index.js'))})
      .startRedis({ dir: ${JSON.stringify(dir)} })
      .then((redis) => { console.log(redis.pid); setInterval(() => undefined, 1000); });`;
    const owner = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((resolve) => {
      owner.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())));
    });
    expect(isAlive(pid)).toBe(true);
    owner.kill('SIGKILL');
    for (let i = 0; i < 100 && isAlive(pid); i++) await sleep(100);
    expect(isAlive(pid)).toBe(false);
  });

  it('does not keep its process alive', () => {
    const script = `require(${JSON.stringify(join(__dirname, '../dist/index.js'))})
      .startRedis({ dir: ${JSON.stringify(dir)} }).then((redis) => console.log(redis.pid));`;
    const pid = Number(execFileSync(process.execPath, ['-e', script], { timeout: 20_000 }).toString());
    expect(pid).toBeGreaterThan(0);
  });
});
