import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** Default 10,000. */
  readonly timeoutMs?: number;
  /** Default 25. */
  readonly intervalMs?: number;
}

/**
 * Repeats `check` until it does not throw, and answers what it answered.
 *
 * @throws the error of the last try when `timeoutMs` have passed
 */
export async function eventually<T>(check: () => T | Promise<T>, patience: Patience = {}): Promise<T> {
  const { timeoutMs = 10_000, intervalMs = 25 } = patience;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await sleep(intervalMs);
  }
}
