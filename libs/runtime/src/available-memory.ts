import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';

/**
 * Bytes that this process may still take before it is refused more or killed: the least of what the machine has free,
 * what the limit of its control group leaves, and what its own limits (`ulimit -v`, `ulimit -d`) leave.
 */
export function availableMemory(): number {
  // The kernel drops cached files before it kills, so those of the group are as good as free.
  const inGroup =
    process.availableMemory() + cachedFiles(readAny(groupStatistics(read('/proc/self/cgroup'))));
  const ownLimits = leftByLimits(read('/proc/self/limits'), read('/proc/self/status'));
  return Math.max(0, Math.min(freemem(), inGroup, ownLimits));
}

/** @param limits text of /proc/self/limits @param status of /proc/self/status */
export function leftByLimits(limits: string, status: string): number {
  const left = (limit: string, used: string): number => {
    const bytes = new RegExp(`^${limit} +(\\d+)`, 'm').exec(limits)?.[1];
    const kibibytes = new RegExp(`^${used}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
    return bytes === undefined ? Infinity : Number(bytes) - 1024 * Number(kibibytes ?? 0);
  };
  return Math.min(left('Max address space', 'VmSize'), left('Max data size', 'VmData'));
}

/** Bytes of files that the group's processes have read and that nobody uses. @param statistics text of memory.stat */
export function cachedFiles(statistics: string): number {
  // Version 1 of control groups counts the groups inside apart; version 2 has them in.
  const line = /^total_inactive_file (\d+)$/m.exec(statistics) ?? /^inactive_file (\d+)$/m.exec(statistics);
  return Number(line?.[1] ?? 0);
}

/**
 * Where the statistics of the process's control group may be, the likeliest first. A container may not see the path
 * that its own group has on the host.
 *
 * @param membership text of /proc/self/cgroup
 */
export function groupStatistics(membership: string): string[] {
  const unified = /^0::(\/.*)$/m.exec(membership)?.[1];
  const memory = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m.exec(membership)?.[1];
  const places =
    memory === undefined
      ? [`/sys/fs/cgroup${unified ?? ''}`, '/sys/fs/cgroup']
      : [`/sys/fs/cgroup/memory${memory}`, '/sys/fs/cgroup/memory'];
  return places.map((place) => `${place.replace(/\/$/, '')}/memory.stat`);
}

const readAny = (paths: readonly string[]): string => paths.map(read).find((text) => text !== '') ?? '';

/** Empty where there is no such file: another system than Linux, or one without control groups. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
