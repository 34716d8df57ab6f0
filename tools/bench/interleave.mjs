// Rounds: in each, every contender trains for about the same time, one after the other.
import { setTimeout as sleep } from 'node:timers/promises';

/** Threads of the one before spin for a moment after its last step. */
const PAUSE_MS = 100;

/**
 * @param {readonly import('./contender-process.mjs').ContenderProcess[]} processes
 * @param {{ rounds: number, roundMs: number, onRound?: (round: number, ms: number[]) => void,
 *   onBegin?: (index: number) => void, onEnd?: (index: number) => void }} options roundMs: how
 *   long each trains in a round at least
 * @returns {Promise<number[][]>} milliseconds per step, by process and round
 */
export async function interleave(processes, { rounds, roundMs, onRound, onBegin, onEnd }) {
  const counts = processes.map(({ ready }) => Math.max(1, Math.ceil(roundMs / ready.stepMs)));
  const results = processes.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const order = processes.map((_, i) => i);
    // There and back, so that a machine that gets slower over a round is unfair to none of them.
    if (round % 2 === 1) order.reverse();
    for (const i of order) {
      await sleep(PAUSE_MS);
      onBegin?.(i);
      const { ms, steps } = await processes[i].steps(counts[i]);
      onEnd?.(i);
      results[i].push(ms / steps);
    }
    onRound?.(
      round,
      results.map((list) => list.at(-1)),
    );
  }
  return results;
}
