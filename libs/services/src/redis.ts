import { mkdir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join, resolve } from 'node:path';
import getPort from 'get-port';
import { findExecutable } from './executable';
import { ServiceProcess } from './service-process';

export interface RedisOptions {
  /** Folder of its data and log; made if absent. */
  readonly dir: string;
  /** Absent: a free one. */
  readonly port?: number;
  /** Where to listen besides 127.0.0.1; whoever reaches these addresses is let in. */
  readonly addresses?: readonly string[];
  /** Keep what it holds over a restart (append-only file, flushed every second). Default false. */
  readonly appendOnly?: boolean;
  /** Environment whose PATH is searched for redis-server. Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface RunningRedis {
  /** redis://127.0.0.1:port */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 1_000;

/** Path of a redis-server on the PATH (Valkey's counts too), or undefined. */
export function findRedisServer(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return findExecutable('redis-server', env) ?? findExecutable('valkey-server', env);
}

/**
 * Starts a Redis for this process alone on 127.0.0.1, with the settings BullMQ needs.
 *
 * @throws Error if there is no redis-server on the PATH, or with the end of its log if it does not start
 */
export async function startRedis(options: RedisOptions): Promise<RunningRedis> {
  const command = findRedisServer(options.env);
  if (command === undefined)
    throw new Error(
      'redis-server was not found on the PATH: install Redis, or set REDIS_URL to a running one',
    );
  const dir = resolve(options.dir);
  await mkdir(dir, { recursive: true });
  const port = options.port ?? (await getPort({ host: '127.0.0.1' }));
  const service = await ServiceProcess.spawn({
    name: 'Redis',
    command,
    args: redisArguments(dir, port, options),
    logFile: join(dir, 'redis.log'),
    cwd: dir,
    stopSignal: 'SIGTERM',
  });
  await service.untilReady(() => isServing(port, service.pid), READY_TIMEOUT_MS);
  return { url: `redis://127.0.0.1:${port}`, port, pid: service.pid, stop: () => service.stop() };
}

function redisArguments(
  dir: string,
  port: number,
  { appendOnly = false, addresses = [] }: RedisOptions,
): string[] {
  const settings: Record<string, string> = {
    port: String(port),
    bind: ['127.0.0.1', ...addresses].join(' '),
    // It would refuse whoever comes from another machine.
    ...(addresses.length > 0 ? { 'protected-mode': 'no' } : {}),
    dir,
    daemonize: 'no',
    // An evicted key would be a lost job.
    'maxmemory-policy': 'noeviction',
    appendonly: appendOnly ? 'yes' : 'no',
    appendfsync: 'everysec',
    save: '',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/** Whether the server on this port has loaded its data and is the process we started, not some other Redis. */
async function isServing(port: number, pid: number): Promise<boolean> {
  const info = await ask(port, 'PING\r\nINFO server\r\n', /\nprocess_id:\d+\r\n/);
  return info.startsWith('+PONG') && info.includes(`\nprocess_id:${pid}\r\n`);
}

/** What the server says until `until` matches, it closes, or a second has passed; '' if nobody listens. */
function ask(port: number, command: string, until: RegExp): Promise<string> {
  return new Promise((answer) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    let said = '';
    const finish = () => {
      socket.destroy();
      answer(said);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, finish);
    socket.on('connect', () => socket.write(command));
    socket.on('data', (chunk) => {
      said += chunk.toString('utf8');
      if (until.test(said) || said.startsWith('-')) finish();
    });
    socket.on('error', finish);
    socket.on('close', finish);
  });
}
