import type { TrainingPhase } from '@fathom/contracts';

/** Runs work of a kind. */
export type PhaseTimer = <T>(phase: TrainingPhase, work: () => T) => T;

/**
 * Says how long work took, to the end of its promise where it gives one.
 *
 * @param now milliseconds
 * @param onTime told the seconds; absent: the clock is not looked at
 */
export function phaseTimer(
  now: () => number,
  onTime: ((phase: TrainingPhase, seconds: number) => void) | undefined,
): PhaseTimer {
  if (onTime === undefined) return (_, work) => work();
  return (phase, work) => {
    const began = now();
    const say = () => onTime(phase, (now() - began) / 1_000);
    const result = work();
    if (result instanceof Promise) void result.then(say, say);
    else say();
    return result;
  };
}
