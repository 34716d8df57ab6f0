import { CheckpointStore } from '@fathom/artifacts';
import { historyAt, noHistory, retryDelay, type Failure, type RetryHistory } from '@fathom/contracts';
import type { JobDelivery } from '@fathom/queue';
import type { Logger } from '@fathom/runtime';

export interface StartContext {
  /** Of this trial. */
  readonly checkpointDir: string;
  /** Name of this machine. */
  readonly node: string;
  /** Names of the machines that have workers; rejects while that cannot be known. */
  readonly liveNodes: () => Promise<readonly string[]>;
  readonly logger: Logger;
}

/**
 * How an attempt begins. elsewhere: not on this machine. A refusal is how the trial ends instead.
 */
export type AttemptStart =
  | { readonly type: 'elsewhere' }
  | { readonly type: 'here'; readonly history: RetryHistory; readonly refusal: Failure | undefined };

export async function startOf(delivery: JobDelivery<'train'>, context: StartContext): Promise<AttemptStart> {
  const history = await historyOf(delivery, context);
  const exclusion = await exclusionOf(delivery, context);
  if (exclusion === 'elsewhere') return { type: 'elsewhere' };
  await remember(delivery, history, context);
  return { type: 'here', history, refusal: exclusion ?? lossesOf(history) };
}

async function historyOf(
  { data, losses }: JobDelivery<'train'>,
  { checkpointDir, logger }: StartContext,
): Promise<RetryHistory> {
  const step = await new CheckpointStore(checkpointDir).newestStep().catch((error: unknown) => {
    // What is wrong with the folder, the training process will say.
    logger.warn({ err: error, sweep: data.sweepId, trial: data.trialId }, 'checkpoints cannot be looked at');
    return 0;
  });
  return historyAt(data.retries ?? noHistory, { step, losses });
}

/**
 * Losses that have been counted are not counted again: where this attempt makes progress and is lost, the next is to find
 * one loss, not all there ever were.
 */
async function remember(
  { data, save }: JobDelivery<'train'>,
  history: RetryHistory,
  { logger }: StartContext,
): Promise<void> {
  if (history.losses === (data.retries ?? noHistory).losses) return;
  await save({ ...data, retries: history }).catch((error: unknown) => {
    // Redis is away, and the job perhaps another's soon: it will find more losses than there were.
    logger.warn({ err: error, trial: data.trialId }, 'the losses of a trial could not be noted');
  });
}

async function exclusionOf(
  { data: { sweepId, trialId, exclusions = [] } }: JobDelivery<'train'>,
  { node, liveNodes, logger }: StartContext,
): Promise<'elsewhere' | Failure | undefined> {
  const excluded = new Map(exclusions.map((exclusion) => [exclusion.node, exclusion]));
  if (!excluded.has(node)) return undefined;
  try {
    const live = await liveNodes();
    if (live.some((other) => other !== node && !excluded.has(other))) return 'elsewhere';
  } catch (error) {
    logger.warn({ err: error, sweep: sweepId, trial: trialId }, 'cannot ask which machines there are');
    return 'elsewhere';
  }
  const why = [...excluded.values()].map((one) => `${one.node} (${one.policy}: ${one.line.slice(0, 200)})`);
  return {
    class: exclusions.at(-1)?.failure ?? 'internal',
    message: `no machine with a worker may train it, log policies exclude all: ${why.join(', ')}`.slice(
      0,
      4_000,
    ),
    log: '',
  };
}

function lossesOf(history: RetryHistory): Failure | undefined {
  if (retryDelay(history, 'lost-worker') !== undefined) return undefined;
  const times = `${history.failures['lost-worker'] ?? 0} times in a row without a new checkpoint`;
  return {
    class: 'lost-worker',
    message: `the workers that trained it vanished, or its training process was killed, ${times}`,
    log: '',
  };
}
