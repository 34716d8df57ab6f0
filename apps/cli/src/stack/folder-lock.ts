import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../exit-codes';

/**
 * Makes this process the only stack in a folder.
 *
 * @returns what gives the folder free again
 * @throws UsageError where a living process holds it
 */
export function lockFolder(dir: string): () => void {
  const file = join(dir, 'stack.pid');
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
          `a stack is already running in ${dir} (process ${holder}): stop it, or use another folder. ` +
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
