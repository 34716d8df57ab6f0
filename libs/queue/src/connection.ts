import { Redis } from 'ioredis';
import { errorListener, type QueueLog } from './log';

/** Redis cannot be reached, does not answer in time, or refuses writes. The same call may succeed later. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
}

/** A Redis URL that cannot be used; the message never contains the URL, it may hold a password. */
export class RedisUrlError extends Error {
  override readonly name = 'RedisUrlError';
}

/** Where Redis is and who we are there. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly family: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: object;
}

/** An address with the manners of one connection. */
export interface RedisSettings extends RedisAddress {
  readonly connectionName: string;
  readonly connectTimeout: number;
  readonly retryStrategy: (times: number) => number;
  /** null: wait for Redis as long as it takes. */
  readonly maxRetriesPerRequest: number | null;
  readonly enableOfflineQueue?: boolean;
  readonly autoResendUnfulfilledCommands?: boolean;
  readonly autoResubscribe?: boolean;
  readonly commandTimeout?: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
const COMMAND_TIMEOUT_MS = 5_000;
const QUIT_TIMEOUT_MS = 1_000;
const MAX_RECONNECT_DELAY_MS = 1_000;

/**
 * @param url redis://[user:password@]host[:port][/database], or rediss:// for TLS
 * @throws RedisUrlError
 */
export function parseRedisUrl(url: string): RedisAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['redis:', 'rediss:'].includes(parsed.protocol))
    throw new RedisUrlError(
      'the Redis URL must start with redis:// or rediss://, as in redis://localhost:6379',
    );
  if (parsed.hostname === '')
    throw new RedisUrlError('the Redis URL names no host, as in redis://localhost:6379');
  const database = parsed.pathname.replace(/^\//, '');
  if (!/^\d*$/.test(database))
    throw new RedisUrlError(
      'the path of the Redis URL must be a database number, as in redis://localhost:6379/0',
    );
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? 6379 : Number(parsed.port),
    db: Number(database),
    family: 0, // IPv4 or IPv6, whichever the name resolves to
    ...(parsed.username === '' ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
    ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

const reconnecting = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  retryStrategy: (times: number) => Math.min(times * 100, MAX_RECONNECT_DELAY_MS),
};

/** For callers that cannot wait: a command fails at once while Redis is away, and after 5 s if it does not answer. */
export function failFastOptions(redisUrl: string, connectionName: string): RedisSettings {
  return {
    ...parseRedisUrl(redisUrl),
    ...reconnecting,
    connectionName,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
  };
}

/** For loops that wait for Redis as long as it takes. */
export function patientOptions(redisUrl: string, connectionName: string): RedisSettings {
  return { ...parseRedisUrl(redisUrl), ...reconnecting, connectionName, maxRetriesPerRequest: null };
}

/** Connects in the background and again whenever the connection is lost; errors are logged, not thrown. */
export function connect(settings: RedisSettings, log: QueueLog): Redis {
  const client = new Redis(settings);
  client.on('error', errorListener(log, `Redis connection ${settings.connectionName}`));
  return client;
}

/** Ends a connection in order where there is one, at once otherwise, and after a second in any case. */
export async function disconnect(client: Redis): Promise<void> {
  if (client.status !== 'ready') {
    client.disconnect();
    return;
  }
  const timer = setTimeout(() => client.disconnect(), QUIT_TIMEOUT_MS);
  await client.quit().catch(() => client.disconnect());
  clearTimeout(timer);
}

/** Turns the errors that mean "Redis is away, or takes no writes" into RedisUnavailableError and leaves the others as they are. */
export async function orUnavailable<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    if (says(error, REFUSES)) throw new RedisUnavailableError('Redis refuses writes', { cause: error });
    if (says(error, AWAY)) throw new RedisUnavailableError('Redis cannot be reached', { cause: error });
    throw error;
  }
}

/** Its memory is full, it is a replica, or it could not write to its disk. */
const REFUSES = /^(OOM|READONLY|MISCONF|NOREPLICAS) /;
const AWAY =
  /Stream isn't writeable|Connection is closed|timed out|max retries per request|^LOADING|^MASTERDOWN|^CLUSTERDOWN|ECONN|EPIPE|EHOSTUNREACH|ENOTFOUND|ETIMEDOUT|EAI_AGAIN/;

function says(error: unknown, pattern: RegExp): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { message, code } = error as { message?: unknown; code?: unknown };
  return [message, code].some((text) => typeof text === 'string' && pattern.test(text));
}
