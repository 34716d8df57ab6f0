import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../exit-codes';

/** Whose lock it is: the name of the lock's file, and what holds it in words. */
export interface LockKind {
  readonly file: string;
  readonly what: string;
}

const STACK: LockKind = { file: 'stack.pid', what: 'a stack' };

/**
 * Makes this process the only stack, or whatever the kind says, in a folder.
 *
 * @returns what gives the folder free again
 * @throws UsageError where a living process holds it
 */
export function lockFolder(dir: string, kind: LockKind = STACK): () => void {
  const file = join(dir, kind.file);
  mkdirSync(dir, { recursive: true });
  for (let attempt = 1; ; attempt++)
    try {
      writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 1) throw error;
      const holder = Number(readFileSync(file, 'utf8'));
      if (isAlive(holder))
        throw new UsageError(
          `${kind.what} is already running in ${dir} (process ${holder}): stop it, or use another folder. ` +
            `If that process is something else, delete ${file}`,
        );
      rmSync(file, { force: true }); // left by a process that was killed
    }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
