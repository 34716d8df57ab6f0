import type { ConnectionOptions } from 'node:tls';
import type { ServiceProcess } from '@fathom/services';
// eslint-disable-next-line no-restricted-imports -- makes the servers a cluster, which is no business of libs/queue
import { Redis } from 'ioredis';
import { eventually } from './eventually';
import type { RedisServers } from './redis-servers';

export interface RedisClusterOptions {
  /** Of all nodes, for clients and for each other. */
  readonly password: string;
  /** Lines of each node's configuration, besides its port. */
  readonly config?: readonly string[];
  /** All connections are with TLS; the files are named in `config`. */
  readonly tls?: ConnectionOptions;
  /** A key whose master gets a replica; absent: none has one. */
  readonly replicaFor?: string;
}

export interface TestRedisCluster {
  /** host:port of the masters, with commas. */
  readonly nodes: string;
  readonly ports: readonly number[];
  /** That has the key now. */
  masterOf(key: string): Promise<ServiceProcess>;
}

const SLOTS = 16_384;
const PATIENCE = { timeoutMs: 60_000 };

/** Three masters that are one cluster. */
export async function startRedisCluster(
  servers: RedisServers,
  { password, config = [], tls, replicaFor }: RedisClusterOptions,
): Promise<TestRedisCluster> {
  const ports = await freePorts(servers, replicaFor === undefined ? 3 : 4);
  const buses = await freePorts(servers, ports.length);
  const processes: ServiceProcess[] = [];
  for (const [i, port] of ports.entries())
    processes.push(
      await servers.start(`node-${String(port)}`, [
        ...(tls === undefined
          ? [`port ${String(port)}`]
          : ['port 0', `tls-port ${String(port)}`, 'tls-cluster yes']),
        ...['bind 127.0.0.1', 'appendonly yes', `requirepass ${password}`, `masterauth ${password}`],
        ...['cluster-enabled yes', `cluster-port ${String(buses[i])}`, 'cluster-node-timeout 1000'],
        ...['cluster-replica-validity-factor 0', ...config],
      ]),
    );
  const admins = ports.map(
    (port) => new Redis({ port, host: '127.0.0.1', password, ...(tls === undefined ? {} : { tls }) }),
  );
  const [first] = admins;
  if (first === undefined) throw new Error('a cluster has nodes');
  const masters = admins.slice(0, 3);
  for (const [i, admin] of masters.entries()) {
    const [from, to] = [Math.floor((i * SLOTS) / 3), Math.floor(((i + 1) * SLOTS) / 3) - 1];
    await admin.cluster('ADDSLOTSRANGE', from, to);
  }
  for (const [i, port] of ports.entries())
    await first.call('CLUSTER', 'MEET', '127.0.0.1', String(port), String(buses[i]));
  const state = new RegExp(`cluster_state:ok[^]*cluster_known_nodes:${String(ports.length)}`);
  await eventually(async () => {
    for (const admin of masters) expect(await admin.cluster('INFO')).toMatch(state);
  }, PATIENCE);
  const replica = admins[3];
  if (replica !== undefined && replicaFor !== undefined) {
    const master = admins[(await indexOfMaster(first, ports, replicaFor)) ?? 0];
    await eventually(
      async () => replica.cluster('REPLICATE', (await master?.cluster('MYID')) ?? ''),
      PATIENCE,
    );
    await eventually(
      async () => expect(await replica.info('replication')).toMatch(/master_link_status:up/),
      PATIENCE,
    );
  }
  for (const admin of admins) admin.disconnect();
  const indexOf = async (key: string): Promise<number> => {
    for (const port of ports) {
      const admin = new Redis({
        port,
        host: '127.0.0.1',
        password,
        retryStrategy: () => null,
        ...(tls ? { tls } : {}),
      });
      admin.on('error', () => undefined);
      const index = await indexOfMaster(admin, ports, key).catch(() => undefined);
      admin.disconnect();
      if (index !== undefined) return index;
    }
    throw new Error(`no node knows who has ${key}`);
  };
  return {
    ports,
    nodes: ports
      .slice(0, 3)
      .map((port) => `127.0.0.1:${String(port)}`)
      .join(','),
    masterOf: async (key) => {
      const found = processes[await indexOf(key)];
      if (found === undefined) throw new Error(`no node has ${key}`);
      return found;
    },
  };
}

/** Of the port of whoever has the key, as this node knows it. */
async function indexOfMaster(
  admin: Redis,
  ports: readonly number[],
  key: string,
): Promise<number | undefined> {
  const slot = await admin.cluster('KEYSLOT', key);
  const ranges = await admin.cluster('SLOTS');
  const port = ranges.find(([from, to]) => slot >= from && slot <= to)?.[2]?.[1];
  return port === undefined ? undefined : ports.indexOf(port);
}

async function freePorts(servers: RedisServers, count: number): Promise<number[]> {
  const ports: number[] = [];
  // One after the other, so that none is given twice.
  while (ports.length < count) {
    const port = await servers.freePort();
    if (!ports.includes(port)) ports.push(port);
  }
  return ports;
}
