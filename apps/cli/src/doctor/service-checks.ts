import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { RedisHealth, redisUrlOf } from '@fathom/queue';
import { findPostgresBinaries, findPrometheus, findRedisServer } from '@fathom/services';
import type { Finding } from './finding';

const TIMEOUT_MS = 3_000;
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
/** What the connection says is said again, and better, by the finding. */
const silent = { warn: () => undefined };

export async function checkRedis(env: NodeJS.ProcessEnv): Promise<Finding> {
  const url = env['REDIS_URL'];
  if (url !== undefined) return checkRedisAt({ ...env, REDIS_URL: url });
  const path = findRedisServer(env);
  if (path === undefined)
    return {
      name: 'Redis',
      state: 'missing',
      found: 'no redis-server on the PATH, and REDIS_URL is not set',
      advice: 'npm run setup\nor name a running one: export REDIS_URL=redis://host:6379',
    };
  return { name: 'Redis', state: 'ok', found: `${await versionOf(path)} (${path}), started when needed` };
}

async function checkRedisAt(env: Parameters<typeof redisUrlOf>[0]): Promise<Finding> {
  let health: RedisHealth | undefined;
  try {
    health = new RedisHealth({ redisUrl: redisUrlOf(env), log: silent });
    await answering(health);
    await health.checkNoEviction();
    return { name: 'Redis', state: 'ok', found: 'REDIS_URL answers, maxmemory-policy noeviction' };
  } catch (error) {
    return {
      name: 'Redis',
      state: 'missing',
      found: `REDIS_URL: ${reasonOf(error)}`,
      advice: 'redis-cli config set maxmemory-policy noeviction, start it, or unset REDIS_URL to use our own',
    };
  } finally {
    await health?.close();
  }
}

/** A new connection refuses commands until it stands. */
async function answering(health: RedisHealth): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;)
    try {
      await health.ping();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

export async function checkPostgres(env: NodeJS.ProcessEnv): Promise<Finding> {
  const url = env['DATABASE_URL'];
  const name = 'PostgreSQL';
  if (url !== undefined)
    try {
      await reach(url, 5432);
      return { name, state: 'ok', found: 'DATABASE_URL accepts connections' };
    } catch (error) {
      const advice = 'start it, correct DATABASE_URL, or unset it to use our own';
      return { name, state: 'missing', found: `DATABASE_URL: ${reasonOf(error)}`, advice };
    }
  try {
    const { postgres } = await findPostgresBinaries();
    return { name, state: 'ok', found: `${await versionOf(postgres)}, embedded, started when needed` };
  } catch (error) {
    const advice = 'export DATABASE_URL=postgres://user:password@host:5432/database';
    return { name, state: 'missing', found: reasonOf(error), advice };
  }
}

export async function checkPrometheus(env: NodeJS.ProcessEnv): Promise<Finding> {
  const path = findPrometheus(env);
  if (path !== undefined) return { name: 'Prometheus', state: 'ok', found: await versionOf(path) };
  return {
    name: 'Prometheus',
    state: 'optional',
    found: 'not on the PATH; only a test starts it',
    advice: 'apt-get install prometheus, or https://prometheus.io/download',
  };
}

export async function checkCoordinator(url: string): Promise<Finding> {
  try {
    const response = await fetch(new URL('/ready', url), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.ok) return { name: 'coordinator', state: 'ok', found: `ready at ${url}` };
    return { name: 'coordinator', state: 'optional', found: `${url} answers ${response.status}, not ready` };
  } catch {
    return {
      name: 'coordinator',
      state: 'optional',
      found: `none at ${url}`,
      advice: 'fathom up starts one',
    };
  }
}

/** The first line of `--version`. */
async function versionOf(program: string): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, ['--version'], { timeout: TIMEOUT_MS });
    const line = (stdout || stderr).split('\n')[0] ?? '';
    return /\d+\.\d+(\.\d+)?/.exec(line)?.[0] ?? line;
  } catch (error) {
    return `does not run: ${reasonOf(error).split('\n')[0] ?? ''}`;
  }
}

function reach(url: string, defaultPort: number): Promise<void> {
  if (!URL.canParse(url)) throw new Error('is not a URL');
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || defaultPort) },
      () => {
        socket.destroy();
        resolve();
      },
    );
    socket.setTimeout(TIMEOUT_MS, () => {
      socket.destroy(new Error(`no connection within ${TIMEOUT_MS / 1000} s`));
    });
    socket.on('error', reject);
  });
}
