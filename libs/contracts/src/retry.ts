import { z } from 'zod';
import { failureClassSchema, failureRules, type FailureClass } from './failure';

/** What the job of a trial remembers of the attempts before. */
export const retryHistorySchema = z.strictObject({
  /** Failures without progress since, by class. */
  failures: z.partialRecord(failureClassSchema, z.int().min(0)).default({}),
  /** Step of the newest checkpoint when the counting began. */
  step: z.int().min(0).default(0),
  /** How many of the workers that vanished with the job have been counted. */
  losses: z.int().min(0).default(0),
});
export type RetryHistory = z.infer<typeof retryHistorySchema>;

export const noHistory: RetryHistory = { failures: {}, step: 0, losses: 0 };

/**
 * The history as an attempt finds it: a newer checkpoint than before is progress, after which counting begins anew, and
 * the workers that vanished since count as failures.
 *
 * @param losses workers that vanished with the job, ever
 */
export function historyAt(
  history: RetryHistory,
  { step, losses }: { readonly step: number; readonly losses: number },
): RetryHistory {
  const failures = step > history.step ? {} : history.failures;
  const vanished = Math.max(0, losses - history.losses);
  return {
    failures: vanished === 0 ? failures : counted(failures, 'lost-worker', vanished),
    step: Math.max(step, history.step),
    losses: Math.max(losses, history.losses),
  };
}

export const withFailure = (history: RetryHistory, failureClass: FailureClass): RetryHistory => ({
  ...history,
  failures: counted(history.failures, failureClass, 1),
});

/**
 * Whether there may be another attempt after so many failures of the class in a row, and after which wait.
 *
 * @returns seconds; undefined: no more
 */
export function retryDelay({ failures }: RetryHistory, failureClass: FailureClass): number | undefined {
  const { retries, backoff } = failureRules[failureClass];
  const count = failures[failureClass] ?? 0;
  if (retries !== null && count > retries) return undefined;
  return Math.min(backoff.cap, backoff.first * backoff.factor ** Math.max(0, count - 1));
}

const counted = (
  failures: RetryHistory['failures'],
  failureClass: FailureClass,
  more: number,
): RetryHistory['failures'] => ({ ...failures, [failureClass]: (failures[failureClass] ?? 0) + more });
