import { Cluster, Redis } from 'ioredis';
import { errorListener, type QueueLog } from './log';
import { parseRedisUrl, type RedisAddress } from './redis-address';

/** A connection to one Redis, or to all nodes of a cluster: what we use of both is the same. */
export type RedisClient = Redis | Cluster;

/** Redis cannot be reached, does not answer in time, or refuses writes. The same call may succeed later. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
}

/** An address with the manners of one connection. */
export interface RedisSettings {
  readonly address: RedisAddress;
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
/** How often a command looks for the node that has its key: for three seconds, and for half a minute. */
const REDIRECTIONS = 15;
const PATIENT_REDIRECTIONS = 150;
const REDIRECTION_DELAY_MS = 200;

const reconnecting = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  retryStrategy: (times: number) => Math.min(times * 100, MAX_RECONNECT_DELAY_MS),
};

/** For callers that cannot wait: a command fails at once while Redis is away, and after 5 s if it does not answer. */
export function failFastOptions(redisUrl: string, connectionName: string): RedisSettings {
  return {
    address: parseRedisUrl(redisUrl),
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
  return { address: parseRedisUrl(redisUrl), ...reconnecting, connectionName, maxRetriesPerRequest: null };
}

/** Connects in the background and again whenever the connection is lost; errors are logged, not thrown. */
export function connect(settings: RedisSettings, log: QueueLog): RedisClient {
  const client = openClient(settings);
  client.on('error', errorListener(log, `Redis connection ${settings.connectionName}`));
  return client;
}

/** Connects in the background; the caller listens for errors. */
export function openClient(settings: RedisSettings): RedisClient {
  const { address, ...manners } = settings;
  return address.type === 'cluster' ? openCluster(address, manners) : openOne(address, manners);
}

/** To one Redis; of a cluster, to one of the nodes that are named, and to the next one where that is lost. */
export function connectToOne(settings: RedisSettings, log: QueueLog): Redis {
  const { address, ...manners } = settings;
  const client = address.type === 'cluster' ? openNode(address, manners) : openOne(address, manners);
  client.on('error', errorListener(log, `Redis connection ${settings.connectionName}`));
  return client;
}

type Manners = Omit<RedisSettings, 'address'>;
type AddressOf<T extends RedisAddress['type']> = Extract<RedisAddress, { type: T }>;

function openOne(address: AddressOf<'single' | 'sentinel'>, manners: Manners): Redis {
  const client = new Redis({
    ...loginOf(address),
    ...placeOf(address),
    ...manners,
    // A master that has become a replica: the one that took its place is to be found.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  neverEnding(client);
  return client;
}

/**
 * Where the sentinels tell of a failover while a connection is being made to where they said before, ioredis takes its own
 * interruption for a failure and ends the connection for good. Nobody asked for that: it begins again.
 */
export function neverEnding(client: Redis): void {
  client.on('end', () => {
    setTimeout(() => {
      // Private, but the only way to know: disconnect() and quit() have been called.
      const isAskedFor = Reflect.get(client, 'manuallyClosing') === true;
      if (client.status === 'end' && !isAskedFor) client.connect().catch(() => undefined); // a failure is an event as well
    }, MAX_RECONNECT_DELAY_MS);
  });
}

function placeOf(address: AddressOf<'single' | 'sentinel'>) {
  // IPv4 or IPv6, whichever the name resolves to.
  if (address.type === 'single') return { host: address.host, port: address.port, family: 0 };
  const { sentinels, name, sentinelUsername, sentinelPassword, tls } = address;
  return {
    sentinels: sentinels.map((sentinel) => ({ ...sentinel, family: 0 })),
    name,
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(tls === undefined ? {} : { enableTLSForSentinelMode: true, sentinelTLS: tls }),
    // Without end: a connection that gave up on its sentinels would never be one again.
    sentinelRetryStrategy: reconnecting.retryStrategy,
    sentinelCommandTimeout: COMMAND_TIMEOUT_MS,
    // A master whose machine vanished closes no connection; the sentinels tell that there is another.
    failoverDetector: true,
  };
}

function openCluster(address: AddressOf<'cluster'>, manners: Manners): Cluster {
  const { retryStrategy, enableOfflineQueue = true, ...rest } = manners;
  const isPatient = rest.maxRetriesPerRequest === null;
  return new Cluster([...address.nodes], {
    enableOfflineQueue,
    clusterRetryStrategy: retryStrategy,
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    // Until another node has the place of one that was lost.
    maxRedirections: isPatient ? PATIENT_REDIRECTIONS : REDIRECTIONS,
    retryDelayOnFailover: REDIRECTION_DELAY_MS,
    retryDelayOnClusterDown: REDIRECTION_DELAY_MS,
    // A certificate is for a name, so that the name is what to connect to.
    ...(address.tls === undefined ? {} : { dnsLookup: (host, found) => found(null, host) }),
    redisOptions: { ...loginOf(address), ...rest },
  });
}

function openNode(address: AddressOf<'cluster'>, manners: Manners): Redis {
  let next = 0;
  const client = new Redis({
    ...loginOf(address),
    ...nodeAt(address, next),
    ...manners,
    retryStrategy: (times) => {
      Object.assign(client.options, nodeAt(address, ++next));
      return manners.retryStrategy(times);
    },
  });
  return client;
}

const nodeAt = ({ nodes }: AddressOf<'cluster'>, index: number) => ({
  ...nodes[index % nodes.length],
  family: 0,
});

const loginOf = ({ db, username, password, tls }: RedisAddress) => ({
  db,
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
  ...(tls === undefined ? {} : { tls }),
});

/** Ends a connection in order where there is one, at once otherwise, and after a second in any case. */
export async function disconnect(client: RedisClient): Promise<void> {
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
  /Stream isn't writeable|Connection is closed|timed out|max retries per request|^LOADING|^MASTERDOWN|^CLUSTERDOWN|^TRYAGAIN|Cluster isn't ready|Too many Cluster redirections|Failed to refresh slots|None of startup nodes|sentinels are unreachable|ECONN|EPIPE|EHOSTUNREACH|ENOTFOUND|ETIMEDOUT|EAI_AGAIN/;

function says(error: unknown, pattern: RegExp): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { message, code } = error as { message?: unknown; code?: unknown };
  return [message, code].some((text) => typeof text === 'string' && pattern.test(text));
}
