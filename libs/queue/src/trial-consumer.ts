import { jobCatalog, violationsOf, type JobData, type JobName } from '@fathom/contracts';
import { UnrecoverableError, WaitingError, Worker, type Job } from 'bullmq';
import { disconnect, patientOptions } from './connection';
import { BULLMQ_PREFIX, TRIALS_QUEUE } from './keys';
import { errorListener, type QueueLog } from './log';
import { INVALID_DATA_PREFIX } from './trial-failure';
import { WorkerConnection } from './worker-connection';

/** What one attempt came to. requeue: hand it out again at once, without counting this attempt. */
export type JobOutcome =
  | { readonly type: 'completed' }
  | { readonly type: 'failed'; readonly retryable: boolean; readonly message: string }
  | { readonly type: 'requeue' };

export interface JobDelivery<N extends JobName> {
  readonly data: JobData<N>;
  /** Grows with every attempt of the job, also after lost workers; 1 or more. */
  readonly fence: number;
  /** Further attempts the queue will grant if this one fails in a retryable way. */
  readonly attemptsLeft: number;
  /** Aborts with a LostJobError as soon as the job belongs to somebody else; the outcome is of no use then. */
  readonly signal: AbortSignal;
}

/** One handler for every job in the catalog. A handler that throws counts as failed, retryable. */
export type JobHandlers = { readonly [N in JobName]: (delivery: JobDelivery<N>) => Promise<JobOutcome> };

export class LostJobError extends Error {
  override readonly name = 'LostJobError';
}

export interface TrialConsumerOptions {
  readonly redisUrl: string;
  readonly log: QueueLog;
  readonly handlers: JobHandlers;
  /** Jobs handled at the same time. */
  readonly concurrency: number;
  /** Shown on the board. */
  readonly workerName?: string;
  /** A worker not heard of for this long has lost its jobs. Default 30,000. */
  readonly lockDurationMs?: number;
  /** How often to look for jobs whose worker is lost. Default 15,000. */
  readonly stalledIntervalMs?: number;
  /** A job may lose its worker this many times before it fails. Default 2. */
  readonly maxStalledCount?: number;
}

export interface TrialConsumer {
  /** Settles when it takes jobs. */
  readonly ready: Promise<void>;
  /** Jobs being handled now. */
  activeCount(): number;
  /**
   * Takes no more jobs and waits until the handlers of the active ones have returned and Redis knows. Where Redis is
   * away that is given up after `timeoutMs` from the first call on (default: never); those jobs go to other workers
   * when their lock runs out.
   */
  drain(options?: { readonly timeoutMs?: number }): Promise<void>;
}

const LOCK_DURATION_MS = 30_000;
const STALLED_INTERVAL_MS = 15_000;
const MAX_STALLED_COUNT = 2;
/** Wait after a failed command to Redis before it is tried again. */
const RETRY_DELAY_MS = 500;

export function consumeTrials(options: TrialConsumerOptions): TrialConsumer {
  const { log, handlers } = options;
  const active = new Map<string, AbortController>();

  const redis = new WorkerConnection(patientOptions(options.redisUrl, 'fathom-worker'));
  redis.on('error', errorListener(log, 'trial consumer'));

  const worker = new Worker<unknown, void>(
    TRIALS_QUEUE,
    async (job, token) => {
      const lost = new AbortController();
      const id = job.id ?? '';
      active.set(id, lost);
      try {
        const outcome = await deliver(job, handlers, lost.signal);
        // Touching a job that has another owner now would be refused; WaitingError means: leave it as it is.
        if (lost.signal.aborted) throw new WaitingError();
        await settle(job, token, outcome);
      } finally {
        active.delete(id);
      }
    },
    {
      connection: redis,
      prefix: BULLMQ_PREFIX,
      ...(options.workerName === undefined ? {} : { name: options.workerName }),
      concurrency: options.concurrency,
      lockDuration: options.lockDurationMs ?? LOCK_DURATION_MS,
      stalledInterval: options.stalledIntervalMs ?? STALLED_INTERVAL_MS,
      maxStalledCount: options.maxStalledCount ?? MAX_STALLED_COUNT,
      runRetryDelay: RETRY_DELAY_MS,
    },
  );
  worker.on('error', errorListener(log, 'trial consumer'));
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) active.get(id)?.abort(new LostJobError('the job has been given to another worker'));
  });

  const ready = worker.waitUntilReady();
  ready.catch(errorListener(log, 'trial consumer')); // for whoever does not wait for it
  return {
    ready,
    activeCount: () => active.size,
    drain: ({ timeoutMs } = {}) => drain(worker, redis, timeoutMs),
  };
}

async function deliver(job: Job<unknown>, handlers: JobHandlers, signal: AbortSignal): Promise<JobOutcome> {
  const name = job.name;
  if (!isJobName(name)) throw new UnrecoverableError(`${INVALID_DATA_PREFIX}there is no job "${name}"`);
  const parsed = jobCatalog[name].safeParse(job.data);
  if (!parsed.success) {
    const what = violationsOf(parsed.error).map(({ path, message }) => `${path}: ${message}`);
    throw new UnrecoverableError(`${INVALID_DATA_PREFIX}${what.join('; ')}`);
  }
  return handlers[name]({
    data: parsed.data,
    fence: (parsed.data.fenceBase ?? 0) + job.attemptsStarted,
    attemptsLeft: Math.max(0, (job.opts.attempts ?? 1) - job.attemptsMade - 1),
    signal,
  });
}

const isJobName = (name: string): name is JobName => Object.hasOwn(jobCatalog, name);

async function settle(job: Job<unknown>, token: string | undefined, outcome: JobOutcome): Promise<void> {
  switch (outcome.type) {
    case 'completed':
      return;
    case 'failed':
      throw outcome.retryable ? new Error(outcome.message) : new UnrecoverableError(outcome.message);
    case 'requeue':
      await job.moveToWait(token);
      throw new WaitingError();
  }
}

async function drain(worker: Worker, redis: WorkerConnection, timeoutMs: number | undefined): Promise<void> {
  const closed = worker.close();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => void redis.abandon(), timeoutMs);
  await closed;
  clearTimeout(timer);
  await disconnect(redis);
}
