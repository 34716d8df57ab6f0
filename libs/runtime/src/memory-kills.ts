import { readFileSync } from 'node:fs';

/** Where the kernel counts the processes that it killed for want of memory: control groups of both versions, and all. */
const COUNTERS = [
  '/sys/fs/cgroup/memory.events',
  '/sys/fs/cgroup/memory/memory.oom_control',
  '/proc/vmstat',
] as const;

/**
 * How many processes the kernel has killed for want of memory so far, as far as this one can see. Only its growth means
 * something.
 *
 * @returns undefined where nobody counts
 */
export function memoryKills(): number | undefined {
  const counts = COUNTERS.map((path) => killsIn(read(path))).filter((count) => count !== undefined);
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count);
}

/** @param text of a file with a line `oom_kill <number>`; undefined without one */
export function killsIn(text: string): number | undefined {
  const count = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return count === undefined ? undefined : Number(count);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Another system than Linux, or the other version of control groups.
    return '';
  }
}
