import type { Batch } from './batch';
import { DivergedError } from './diverged-error';
import { nextTurn } from './event-loop';
import type { NetworkSession } from './network-session';
import type { ImageSet } from './training-data';

export interface Evaluation {
  /** Mean cross entropy, without label smoothing. */
  readonly loss: number;
  /** 1 - accuracy. */
  readonly error: number;
}

/**
 * Evaluates a whole set with running statistics, batch by batch.
 *
 * @returns undefined where the signal stopped it
 * @throws DivergedError where the loss is not finite
 */
export async function evaluate(
  network: NetworkSession,
  batch: Batch,
  set: ImageSet,
  signal: AbortSignal,
): Promise<Evaluation | undefined> {
  let [loss, correct] = [0, 0];
  for (let from = 0; from < set.count; from += batch.size) {
    await nextTurn();
    if (signal.aborted) return undefined;
    const length = Math.min(batch.size, set.count - from);
    batch.fill(
      set,
      Array.from({ length }, (_, i) => from + i),
    );
    const result = network.evaluate(batch);
    loss += result.loss;
    correct += result.correct;
  }
  if (!Number.isFinite(loss)) throw new DivergedError('evaluation loss', loss);
  return { loss: loss / set.count, error: 1 - correct / set.count };
}
