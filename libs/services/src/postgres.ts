import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import getPort from 'get-port';
import { errorCode } from './error-code';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries';
import { checkLock, isAcceptingConnections } from './postgres-lock';
import { asUser, postgresUser, type Invocation, type SystemUser } from './postgres-user';
import { ServiceProcess } from './service-process';

export interface PostgresOptions {
  /** Folder of its data, password and log; made if absent, initialised if empty. */
  readonly dir: string;
  /** Absent: a free one. */
  readonly port?: number;
  /** For tests: do not wait for the disk. A crash of the machine may then damage the data. Default false. */
  readonly fast?: boolean;
}

export interface RunningPostgres {
  /** postgres://postgres:password@127.0.0.1:port/postgres */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;
/** After SIGKILL of a server its helper processes need a moment to notice; until then the folder is in use. */
const ORPHANS_ALIVE = /pre-existing shared memory block .* is still in use/;
const ORPHANS_TIMEOUT_MS = 10_000;
const ORPHANS_RETRY_MS = 200;
const FAST_SETTINGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/**
 * Starts a PostgreSQL for this process alone on 127.0.0.1, reachable with a password that only its folder knows.
 *
 * @throws Error if one is running in `dir` already, or with the end of its log if it does not start
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const cluster = await openCluster(resolve(options.dir), options.fast ?? false);
  const port = options.port ?? (await getPort({ host: '127.0.0.1' }));
  const { pid, stop } = await startServer(cluster, port, options.fast === true ? FAST_SETTINGS : []);
  const url = `postgres://postgres:${cluster.password}@127.0.0.1:${port}/postgres`;
  return { url, port, pid, stop };
}

async function startServer(
  cluster: Cluster,
  port: number,
  settings: readonly string[],
): Promise<Pick<RunningPostgres, 'pid' | 'stop'>> {
  const deadline = Date.now() + ORPHANS_TIMEOUT_MS;
  for (;;) {
    await checkLock(cluster.data);
    const service = await ServiceProcess.spawn({
      name: 'PostgreSQL',
      ...(await cluster.invoke(cluster.binaries.postgres, serverArguments(cluster.data, port, settings))),
      logFile: join(cluster.dir, 'postgres.log'),
      cwd: cluster.dir,
      env: environment(),
      // "Fast shutdown": roll back, disconnect everybody, end. SIGTERM would wait for the clients.
      stopSignal: 'SIGINT',
    });
    try {
      await service.untilReady(() => isAcceptingConnections(cluster.data, service.pid), READY_TIMEOUT_MS);
      return { pid: service.pid, stop: () => service.stop() };
    } catch (error) {
      if (!ORPHANS_ALIVE.test(String(error)) || Date.now() > deadline) throw error;
      await sleep(ORPHANS_RETRY_MS);
    }
  }
}

function serverArguments(data: string, port: number, settings: readonly string[]): string[] {
  const all = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...settings];
  return ['-D', data, '-p', String(port), ...all.flatMap((text) => ['-c', text])];
}

/** A locale that is set but not installed would stop initdb. */
const environment = (): NodeJS.ProcessEnv => ({ ...process.env, LC_ALL: 'C' });

interface Cluster {
  readonly dir: string;
  readonly data: string;
  readonly password: string;
  readonly binaries: PostgresBinaries;
  readonly invoke: (command: string, args: readonly string[]) => Promise<Invocation>;
}

async function openCluster(dir: string, fast: boolean): Promise<Cluster> {
  const binaries = await findPostgresBinaries();
  const user = await postgresUser();
  await mkdir(dir, { recursive: true });
  const data = join(dir, 'data');
  const invoke = async (command: string, args: readonly string[]): Promise<Invocation> =>
    user ? asUser(user, command, args, [data, command]) : { command, args };
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(dir, user, binaries, invoke, fast);
  const password = (await readFile(join(data, PASSWORD_FILE), 'utf8')).trim();
  return { dir, data, password, binaries, invoke };
}

const PASSWORD_FILE = 'fathom-password';
const DRAFT_PREFIX = 'data.draft-';

/** Makes the cluster under another name and renames it when it is complete, so that half of one is never found. */
async function initialise(
  dir: string,
  user: SystemUser | undefined,
  binaries: PostgresBinaries,
  invoke: Cluster['invoke'],
  fast: boolean,
): Promise<void> {
  await removeAbandonedDrafts(dir);
  const draft = join(dir, `${DRAFT_PREFIX}${process.pid}-${randomBytes(4).toString('hex')}`);
  const passwordFile = `${draft}.password`;
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, `${randomBytes(18).toString('hex')}\n`, { mode: 0o600 });
  if (user) await Promise.all([draft, passwordFile].map((path) => chown(path, user.uid, user.gid)));
  const { command, args } = await invoke(binaries.initdb, [
    ...['--pgdata', draft, '--username=postgres', '--auth=scram-sha-256', '--pwfile', passwordFile],
    ...['--encoding=UTF8', '--locale=C', ...(fast ? ['--no-sync'] : [])],
  ]);
  try {
    await promisify(execFile)(command, [...args], { cwd: dir, env: environment() });
  } catch (error) {
    await Promise.all([draft, passwordFile].map((path) => rm(path, { recursive: true, force: true })));
    const { stderr } = error as { stderr?: string };
    const said = stderr?.trim() ?? String(error);
    throw new Error(`PostgreSQL could not initialise ${dir}: ${said}`, { cause: error });
  }
  await rename(passwordFile, join(draft, PASSWORD_FILE));
  try {
    await rename(draft, join(dir, 'data'));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Somebody else initialised it in the meantime: theirs counts.
    if (!existsSync(join(dir, 'data', 'PG_VERSION'))) throw error;
  }
}

async function removeAbandonedDrafts(dir: string): Promise<void> {
  const drafts = (await readdir(dir)).filter((name) => name.startsWith(DRAFT_PREFIX));
  const abandoned = drafts.filter((name) => !isAlive(Number.parseInt(name.slice(DRAFT_PREFIX.length), 10)));
  await Promise.all(abandoned.map((name) => rm(join(dir, name), { recursive: true, force: true })));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
