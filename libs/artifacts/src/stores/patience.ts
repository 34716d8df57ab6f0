import { setTimeout as sleep } from 'node:timers/promises';
import { ArtifactError } from './artifact-store';

export interface Patience {
  /** From the first failure on. */
  readonly forMs: number;
  /** Told before each wait. */
  readonly onWait?: (reason: string) => void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/**
 * Does the work again, after growing waits, while an object store is away.
 *
 * @throws what the work throws, at once where it does not pass by itself
 */
export async function patiently<T>(work: () => Promise<T>, { forMs, onWait }: Patience): Promise<T> {
  let giveUpAt: number | undefined;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS))
    try {
      return await work();
    } catch (error) {
      giveUpAt ??= performance.now() + forMs;
      const passing = passingIn(error);
      if (passing === undefined || performance.now() + wait > giveUpAt) throw error;
      onWait?.(passing.message);
      await sleep(wait);
    }
}

/** The reason that may pass: the error itself, or what it was caused by. */
function passingIn(error: unknown): ArtifactError | undefined {
  if (error instanceof ArtifactError) return error.mayPass ? error : undefined;
  return error instanceof Error ? passingIn(error.cause) : undefined;
}
