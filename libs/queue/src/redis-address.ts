import { readFileSync } from 'node:fs';

/** A Redis URL that cannot be used; the message never contains the URL, it may hold a password. */
export class RedisUrlError extends Error {
  override readonly name = 'RedisUrlError';
}

interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

interface Login {
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: TlsFiles;
}

/** Contents of files in PEM; without an authority, those that Node knows. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Where Redis is and who we are there. sentinel: the master of this name, whichever it is. cluster: all nodes, found over
 * those that are named.
 */
export type RedisAddress = Login &
  (
    | ({ readonly type: 'single' } & HostAndPort)
    | {
        readonly type: 'sentinel';
        readonly sentinels: readonly HostAndPort[];
        readonly name: string;
        readonly sentinelUsername?: string;
        readonly sentinelPassword?: string;
      }
    | { readonly type: 'cluster'; readonly nodes: readonly HostAndPort[] }
  );

const URL_PARTS = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/;
const HOST = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/;
const PORTS = { single: 6379, sentinel: 26_379, cluster: 6379 } as const;
const EXAMPLES = {
  single: 'redis://localhost:6379',
  sentinel: 'redis+sentinel://one:26379,two:26379,three:26379/mymaster',
  cluster: 'redis+cluster://one:6379,two:6379,three:6379',
} as const;

/**
 * @param url redis://[user:password@]host[:port][/database]; redis+sentinel://…host,host…/master[/database];
 *   redis+cluster://…host,host…; rediss… for TLS. Parameters ca, cert and key name PEM files, sentinelUsername and
 *   sentinelPassword are for the sentinels themselves
 * @throws RedisUrlError
 */
export function parseRedisUrl(url: string): RedisAddress {
  const [, scheme, kind, login = '', hosts = '', path = '', query = ''] = URL_PARTS.exec(url) ?? [];
  if (scheme === undefined)
    throw new RedisUrlError(
      `the Redis URL must start with redis://, redis+sentinel:// or redis+cluster://, or rediss… for TLS, as in ${EXAMPLES.single}`,
    );
  const type = kind === 'sentinel' || kind === 'cluster' ? kind : 'single';
  const places = hostsOf(hosts, type);
  const parameters = new URLSearchParams(query);
  const [first = '', second = ''] = path.split('/');
  const common = {
    ...loginOf(login),
    db: databaseOf(type === 'sentinel' ? second : first, type),
    ...(scheme === 'rediss' ? { tls: tlsOf(parameters) } : {}),
  };
  switch (type) {
    case 'single': {
      const [place] = places;
      if (place === undefined || places.length > 1)
        throw new RedisUrlError(`the Redis URL names several hosts; allowed is one, or ${EXAMPLES.sentinel}`);
      return { type, ...place, ...common };
    }
    case 'cluster':
      return { type, nodes: places, ...common };
    case 'sentinel': {
      if (first === '')
        throw new RedisUrlError(
          `the Redis URL names no master behind its sentinels, as in ${EXAMPLES.sentinel}`,
        );
      const [username, password] = ['sentinelUsername', 'sentinelPassword'].map((name) =>
        parameters.get(name),
      );
      return {
        ...{ type, sentinels: places, name: decode(first), ...common },
        ...(username ? { sentinelUsername: username } : {}),
        ...(password ? { sentinelPassword: password } : {}),
      };
    }
  }
}

function hostsOf(hosts: string, type: RedisAddress['type']): HostAndPort[] {
  return hosts.split(',').map((text) => {
    const [, host = '', port] = HOST.exec(text) ?? [];
    if (host === '') throw new RedisUrlError(`the Redis URL names no host, as in ${EXAMPLES[type]}`);
    return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? PORTS[type] : Number(port) };
  });
}

function loginOf(text: string): { readonly username?: string; readonly password?: string } {
  const [username = '', password = ''] = text.split(/:(.*)/s).map(decode);
  return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) };
}

function databaseOf(text: string, type: RedisAddress['type']): number {
  if (!/^\d*$/.test(text))
    throw new RedisUrlError(
      `the path of the Redis URL must be a database number, as in ${type === 'sentinel' ? `${EXAMPLES.sentinel}/0` : `${EXAMPLES.single}/0`}`,
    );
  if (type === 'cluster' && Number(text) > 0)
    throw new RedisUrlError(
      'the Redis URL of a cluster names a database; allowed is none, a cluster has one',
    );
  return Number(text);
}

function tlsOf(parameters: URLSearchParams): TlsFiles {
  const [ca, cert, key] = (['ca', 'cert', 'key'] as const).map((name) => fileOf(parameters, name));
  if ((cert === undefined) !== (key === undefined))
    throw new RedisUrlError(
      'a client certificate for Redis needs both: FATHOM_REDIS_CERT and FATHOM_REDIS_KEY',
    );
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function fileOf(parameters: URLSearchParams, name: 'ca' | 'cert' | 'key'): string | undefined {
  const path = parameters.get(name);
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RedisUrlError(`FATHOM_REDIS_${name.toUpperCase()} cannot be read: ${reason}`, { cause: error });
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a % that encodes nothing
  }
}
