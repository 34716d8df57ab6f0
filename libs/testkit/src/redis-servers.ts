import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { findRedisServer, ServiceProcess } from '@fathom/services';
import { makeTempDir, removeTempDir, started } from './temp-dir';

/** A line of a configuration file each. */
export type RedisConfig = readonly string[];

export interface RedisServers {
  /** An empty folder for them. */
  readonly dir: string;
  /** A port of this machine that nobody listens at. */
  freePort(): Promise<number>;
  /** Starts a server with this configuration, and ends it after the tests. */
  start(
    name: string,
    config: RedisConfig,
    options?: { readonly sentinel?: boolean },
  ): Promise<ServiceProcess>;
}

const READY = /Ready to accept connections|Running mode=sentinel/;
const READY_MS = 20_000;

/** Real redis-servers of any kind, for the tests of the surrounding `describe` (or file) alone. */
export function useRedisServers(): RedisServers {
  let dir: string | undefined;
  const running: ServiceProcess[] = [];
  beforeAll(() => {
    dir = makeTempDir();
  });
  afterAll(async () => {
    await Promise.all(running.splice(0).map((server) => server.stop()));
    if (dir !== undefined) removeTempDir(dir);
  });
  return {
    get dir() {
      return started('the folder of the Redis servers', dir);
    },
    freePort,
    start: async (name, config, { sentinel = false } = {}) => {
      const command = findRedisServer();
      if (command === undefined) throw new Error('redis-server was not found on the PATH');
      const home = join(started('the folder of the Redis servers', dir), name);
      mkdirSync(home, { recursive: true });
      const [file, log] = [join(home, 'redis.conf'), join(home, 'redis.log')];
      writeFileSync(file, ['daemonize no', `dir ${home}`, 'save ""', ...config, ''].join('\n'));
      const server = await ServiceProcess.spawn({
        name,
        command,
        args: [file, ...(sentinel ? ['--sentinel'] : [])],
        logFile: log,
        cwd: home,
        stopSignal: 'SIGTERM',
      });
      running.push(server);
      await server.untilReady(() => Promise.resolve(READY.test(readFileSync(log, 'utf8'))), READY_MS);
      return server;
    },
  };
}

/** PEM files. */
export interface TestCertificates {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

/** An authority with certificates for 127.0.0.1 and for a client, made with the openssl of this machine. */
export function makeCertificates(dir: string): TestCertificates {
  mkdirSync(dir, { recursive: true });
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-days',
    '2',
    '-subj',
    '/CN=test-ca',
  );
  const issue = (name: string) => {
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    writeFileSync(join(dir, `${name}.ext`), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-days', '2', '-out', `${name}.crt`, '-extfile', `${name}.ext`],
    );
    // Services that run as another user read them, too.
    return { cert: join(dir, `${name}.crt`), key: join(dir, `${name}.key`) };
  };
  return { ca: join(dir, 'ca.crt'), server: issue('server'), client: issue('client') };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
