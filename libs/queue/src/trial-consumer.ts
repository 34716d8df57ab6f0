import { jobCatalog, violationsOf, type JobData, type JobName } from '@fathom/contracts';
import { DelayedError, UnrecoverableError, WaitingError, Worker, type Job } from 'bullmq';
import { disconnect, patientOptions } from './connection';
import { BULLMQ_PREFIX, TRIALS_QUEUE } from './keys';
import { errorListener, type QueueLog } from './log';
import { INVALID_DATA_PREFIX } from './trial-failure';
import { WorkerConnection } from './worker-connection';

/**
 * What one attempt came to. failed: for good. requeue: it is handed out again after the delay (default: at once), with
 * other data where some is given. How often that may be is for whoever handles jobs to say.
 */
export type JobOutcome =
  | { readonly type: 'completed' }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'requeue'; readonly delayMs?: number; readonly data?: JobData<JobName> };

export interface JobDelivery<N extends JobName> {
  readonly data: JobData<N>;
  /** Grows with every attempt of the job, also after lost workers; 1 or more. */
  readonly fence: number;
  /** Workers that vanished while they had the job. */
  readonly losses: number;
  /** Aborts with a LostJobError as soon as the job belongs to somebody else; the outcome is of no use then. */
  readonly signal: AbortSignal;
}

/** One handler for every job in the catalog. For one that throws, the queue itself tries again, twice. */
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
  /**
   * The lease: a worker not heard of for this long has lost its jobs. Another one has them after at most 7/5 of it.
   * Default 5,000.
   */
  readonly lockDurationMs?: number;
}

export interface TrialConsumer {
  /** Settles when it takes jobs. */
  readonly ready: Promise<void>;
  /** Jobs being handled now. */
  activeCount(): number;
  /** Takes no more jobs until `resume`; those that it has go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /**
   * Takes no more jobs and waits until the handlers of the active ones have returned and Redis knows. Where Redis is
   * away that is given up after `timeoutMs` from the first call on (default: never); those jobs go to other workers
   * when their lock runs out.
   */
  drain(options?: { readonly timeoutMs?: number }): Promise<void>;
}

const LOCK_DURATION_MS = 5_000;
/**
 * A lock that has run out is noticed by the next check, if the one before saw the job without a renewal; the worker that
 * vanished may have made the last check, so that the next but one is the first. With five checks in a lock's duration
 * both are over when it runs out.
 */
const CHECKS_PER_LOCK = 5;
/** How often a job may lose its worker is for its handler to say. */
const NO_LIMIT = 1_000_000;
/** Wait after a failed command to Redis before it is tried again. */
const RETRY_DELAY_MS = 500;

export function consumeTrials(options: TrialConsumerOptions): TrialConsumer {
  const { log, handlers } = options;
  const active = new Map<string, AbortController>();
  const lockDuration = options.lockDurationMs ?? LOCK_DURATION_MS;

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
        // The job may have another owner already, also where nobody has noticed yet: this process may have been frozen.
        // WaitingError means: leave it as it is.
        const isOurs = !lost.signal.aborted && (await job.extendLock(token ?? '', lockDuration)) === 1;
        if (!isOurs) throw new WaitingError();
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
      lockDuration,
      stalledInterval: lockDuration / CHECKS_PER_LOCK,
      maxStalledCount: NO_LIMIT,
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
    pause: () => worker.pause(true),
    resume: () => worker.resume(),
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
    losses: job.stalledCounter,
    signal,
  });
}

const isJobName = (name: string): name is JobName => Object.hasOwn(jobCatalog, name);

async function settle(job: Job<unknown>, token: string | undefined, outcome: JobOutcome): Promise<void> {
  switch (outcome.type) {
    case 'completed':
      return;
    case 'failed':
      throw new UnrecoverableError(outcome.message);
    case 'requeue': {
      const { data, delayMs = 0 } = outcome;
      if (data !== undefined) await job.updateData(data);
      if (delayMs === 0) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      await job.moveToDelayed(Date.now() + delayMs, token);
      throw new DelayedError();
    }
  }
}

async function drain(worker: Worker, redis: WorkerConnection, timeoutMs: number | undefined): Promise<void> {
  const closed = worker.close();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => void redis.abandon(), timeoutMs);
  await closed;
  clearTimeout(timer);
  await disconnect(redis);
}
