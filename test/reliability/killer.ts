import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../libs/search/src/random';
import type { Killable } from './killable';

export interface Disturbance {
  readonly atMs: number;
  readonly process: string;
  readonly how: 'SIGKILL' | 'SIGSTOP';
}

export interface KillerOptions {
  readonly random: Random;
  readonly count: number;
  /** From one to the next, at the least and at the most. */
  readonly pauseMs: readonly [number, number];
  /** A process that is stopped goes on after so long: longer than a lease. */
  readonly freezeMs: number;
  readonly processes: readonly Killable[];
  /** Their children are among the victims. */
  readonly workers: readonly Killable[];
}

/** Kills or freezes a random process, again and again. Resolves when all it did is over. */
export async function disturb(options: KillerOptions): Promise<Disturbance[]> {
  const { random, count, pauseMs, freezeMs, processes, workers } = options;
  const began = performance.now();
  const log: Disturbance[] = [];
  const busy = new Set<Killable>();
  const pending: Promise<void>[] = [];
  while (log.length < count) {
    await sleep(pauseMs[0] + random.uniform() * (pauseMs[1] - pauseMs[0]));
    const how = random.uniform() < 0.5 ? 'SIGKILL' : 'SIGSTOP';
    const note = (process: string) => log.push({ atMs: Math.round(performance.now() - began), process, how });
    const free = processes.filter((process) => !busy.has(process));
    // One more than there are processes: the last is a training process.
    const victim = free[random.below(free.length + 1)];
    if (victim === undefined) {
      const trainers = workers.flatMap(({ pid }) => (pid === undefined ? [] : childrenOf(pid)));
      const trainer = trainers[random.below(Math.max(1, trainers.length))];
      if (trainer === undefined) continue;
      note('trainer');
      pending.push(disturbTrainer(trainer, how, freezeMs));
      continue;
    }
    note(victim.name);
    busy.add(victim);
    const done = how === 'SIGKILL' ? victim.replace() : victim.freeze(freezeMs);
    pending.push(done.finally(() => busy.delete(victim)));
  }
  await Promise.all(pending);
  return log;
}

async function disturbTrainer(pid: number, how: 'SIGKILL' | 'SIGSTOP', freezeMs: number): Promise<void> {
  tell(pid, how);
  if (how === 'SIGKILL') return;
  await sleep(freezeMs);
  tell(pid, 'SIGCONT');
}

/** One that has ended meanwhile is out of reach. */
function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Linux only. */
function childrenOf(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
    return list.split(' ').filter(Boolean).map(Number);
  } catch {
    // It has just ended.
    return [];
  }
}
