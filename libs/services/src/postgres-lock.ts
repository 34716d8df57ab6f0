import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './error-code';

/** What PostgreSQL writes into postmaster.pid (its source: src/include/utils/pidfile.h). */
interface Lock {
  readonly pid: number;
  readonly dataFolder: string;
  readonly port: number;
  readonly status: string;
}

/**
 * Makes sure that the lock in this folder is no reason not to start. PostgreSQL takes away the lock of a server that
 * was killed by itself, except where the system has given that process id to another program since: that we can tell.
 *
 * @throws Error if a server is running there
 */
export async function checkLock(data: string): Promise<void> {
  const lock = await readLock(data);
  if (lock === undefined) return;
  const command = await commandLine(lock.pid);
  if (command === undefined) return;
  if (!command.includes('postgres') || !command.includes(lock.dataFolder))
    return rm(join(data, 'postmaster.pid'), { force: true });
  throw new Error(
    `a PostgreSQL is already running in ${data} (process ${lock.pid}, port ${lock.port}): stop it, or use another folder`,
  );
}

export async function isAcceptingConnections(data: string, pid: number): Promise<boolean> {
  const lock = await readLock(data);
  return lock?.pid === pid && lock.status === 'ready';
}

async function readLock(data: string): Promise<Lock | undefined> {
  let text: string;
  try {
    text = await readFile(join(data, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const lines = text.split('\n');
  return {
    pid: Number(lines[0]),
    dataFolder: lines[1] ?? '',
    port: Number(lines[3]),
    status: (lines[7] ?? '').trim(),
  };
}

/** The command line of a process, or undefined if there is no such process. */
async function commandLine(pid: number): Promise<string | undefined> {
  try {
    return await readFile(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // Gone, or a system without /proc, where PostgreSQL's own check of the process id has to do.
    return undefined;
  }
}
