import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ServiceProcess } from '@fathom/services';
import { FaultyProxy, type Fault } from './faulty-proxy';
import { makeTempDir, removeTempDir, started } from './temp-dir';

/** Where tools/setup/object-store.mjs puts it. */
const caches =
  process.env['FATHOM_CACHE_DIR'] ??
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'fathom');
const MOTO = join(caches, 'moto-5.2.1');
const READY_MS = 60_000;

/** Why tests with an object store are skipped; undefined: they are not. */
export const noObjectStore: string | undefined = existsSync(MOTO)
  ? undefined
  : 'skipped: there is no S3-compatible server here, node tools/setup.mjs --for=test installs one';

export interface ObjectStoreForTests {
  /** Variables with which programs reach it. */
  readonly env: Readonly<Record<string, string>>;
  /** As `GET /bucket/key?query`, since the store was started. */
  readonly requests: string[];
  /** Makes a new empty bucket and answers its name. */
  createBucket(): Promise<string>;
  /** What goes wrong from now on; undefined: nothing. */
  set(fault: Fault | undefined): Promise<void>;
}

/**
 * An S3-compatible store that belongs to the tests of the surrounding `describe` (or file) alone; `noObjectStore` says
 * whether there is one. The variables of `env` are those of this process while it runs.
 */
export function useObjectStore(): ObjectStoreForTests {
  let dir: string | undefined;
  let service: ServiceProcess | undefined;
  let proxy: FaultyProxy | undefined;
  const envOf = (endpoint: string) => ({
    FATHOM_S3_ENDPOINT: endpoint,
    FATHOM_S3_FORCE_PATH_STYLE: 'true',
    AWS_ACCESS_KEY_ID: 'test-key',
    AWS_SECRET_ACCESS_KEY: 'test-secret-of-the-store',
  });
  const before = { ...process.env };
  beforeAll(async () => {
    if (noObjectStore !== undefined) return;
    dir = makeTempDir();
    const log = join(dir, 'moto.log');
    const spawned = await ServiceProcess.spawn({
      name: 'the object store',
      command: 'python3',
      args: ['-s', '-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'],
      logFile: log,
      cwd: dir,
      env: { ...process.env, PYTHONPATH: MOTO, PYTHONUNBUFFERED: '1' },
      stopSignal: 'SIGTERM',
    });
    service = spawned;
    const address = () => /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(readFileSync(log, 'utf8'))?.[1];
    await spawned.untilReady(() => Promise.resolve(address() !== undefined), READY_MS);
    proxy = new FaultyProxy(new URL(address() ?? ''));
    await proxy.start();
    Object.assign(process.env, envOf(proxy.url));
  });
  afterAll(async () => {
    for (const name of Object.keys(envOf(''))) {
      const value = before[name];
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await proxy?.stop();
    await service?.stop();
    if (dir !== undefined) removeTempDir(dir);
  });
  const running = () => started('the object store', proxy);
  return {
    get env() {
      return envOf(running().url);
    },
    get requests() {
      return running().requests;
    },
    createBucket: async () => {
      const name = `bucket-${randomBytes(6).toString('hex')}`;
      const reply = await fetch(`${running().url}/${name}`, { method: 'PUT' });
      if (!reply.ok) throw new Error(`the object store makes no bucket: ${String(reply.status)}`);
      return name;
    },
    set: (fault) => running().set(fault),
  };
}
