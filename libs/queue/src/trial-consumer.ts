import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_POOL, jobCatalog, violationsOf, type JobData, type JobName } from '@fathom/contracts';
import { DelayedError, MetricsTime, UnrecoverableError, WaitingError, Worker, type Job } from 'bullmq';
import { disconnect, patientOptions } from './connection';
import { BULLMQ_PREFIX, queueOf } from './keys';
import { errorListener, type QueueLog } from './log';
import { INVALID_DATA_PREFIX } from './trial-failure';
import { WorkerConnection } from './worker-connection';
import { WorkerPresence } from './worker-presence';

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
  /** When the job was put on the queue, in milliseconds since 1970. */
  readonly madeAtMs: number;
  /** Workers that vanished while they had the job. */
  readonly losses: number;
  /** Has the job's next attempt find other data, also where this one says nothing any more. */
  readonly save: (data: JobData<N>) => Promise<void>;
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
  /** Whose jobs it takes. Default: the default pool's. */
  readonly pool?: string;
  /** Jobs handled at the same time. */
  readonly concurrency: number;
  /** Its name, the only one of that name. Default: a random one. */
  readonly workerName?: string;
  /** The machine it is on. Default: the name of this one. */
  readonly node?: string;
  /** GPUs that its trials share. Default: 1. */
  readonly devices?: number;
  /** What its trials may take of each of them. Absent: nobody knows. */
  readonly memoryBytes?: number;
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
   * away that is given up `timeoutMs` after the last of them has returned (default: never); their jobs go to other
   * workers when their lock runs out.
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
  const { log, handlers, pool = DEFAULT_POOL } = options;
  const active = new Map<string, AbortController>();
  const handlings = new Set<Promise<unknown>>();
  const lockDuration = options.lockDurationMs ?? LOCK_DURATION_MS;

  const redis = new WorkerConnection(patientOptions(options.redisUrl, 'fathom-worker'));
  redis.client.on('error', errorListener(log, 'trial consumer'));

  const worker = new Worker<unknown, void>(
    queueOf(pool),
    async (job, token) => {
      const lost = new AbortController();
      const id = job.id ?? '';
      active.set(id, lost);
      try {
        const handling = deliver(job, handlers, lost.signal);
        handlings.add(handling);
        const outcome = await handling.finally(() => handlings.delete(handling));
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
      connection: redis.client,
      prefix: BULLMQ_PREFIX,
      ...(options.workerName === undefined ? {} : { name: options.workerName }),
      concurrency: options.concurrency,
      lockDuration,
      stalledInterval: lockDuration / CHECKS_PER_LOCK,
      maxStalledCount: NO_LIMIT,
      // Without it BullMQ does not count ended jobs.
      metrics: { maxDataPoints: MetricsTime.ONE_HOUR },
      runRetryDelay: RETRY_DELAY_MS,
    },
  );
  worker.on('error', errorListener(log, 'trial consumer'));
  let slots = options.concurrency;
  const facts = {
    worker: options.workerName ?? `worker-${randomUUID()}`,
    node: options.node ?? hostname(),
    pool,
    devices: options.devices ?? 1,
    memoryBytes: options.memoryBytes ?? null,
  };
  const presence = new WorkerPresence(options, () => ({ ...facts, slots }));
  const announce = (now: number) => {
    slots = now;
    presence.announce();
  };
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) active.get(id)?.abort(new LostJobError('the job has been given to another worker'));
  });

  const ready = worker.waitUntilReady();
  ready.catch(errorListener(log, 'trial consumer')); // for whoever does not wait for it
  return {
    ready,
    activeCount: () => active.size,
    pause: () => {
      announce(0);
      return worker.pause(true);
    },
    resume: async () => {
      await worker.resume();
      announce(options.concurrency);
    },
    drain: async ({ timeoutMs } = {}) => {
      const left = presence.leave();
      await drain(worker, redis, timeoutMs, handlings);
      await left;
      await presence.close();
    },
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
    madeAtMs: job.timestamp,
    losses: job.stalledCounter,
    save: (data) => job.updateData(data),
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

async function drain(
  worker: Worker,
  redis: WorkerConnection,
  timeoutMs: number | undefined,
  handlings: ReadonlySet<Promise<unknown>>,
): Promise<void> {
  const over = new AbortController();
  const closed = worker.close();
  if (timeoutMs !== undefined)
    // Ends by itself where it is over before.
    void untilIdle(handlings, timeoutMs, over.signal).then(
      () => redis.abandon(),
      () => undefined,
    );
  await closed;
  over.abort();
  await disconnect(redis.client);
}

/** Resolves when nothing has been handled for so long. @throws AbortError */
async function untilIdle(
  handlings: ReadonlySet<Promise<unknown>>,
  idleMs: number,
  signal: AbortSignal,
): Promise<void> {
  do {
    await Promise.allSettled(handlings);
    await sleep(idleMs, undefined, { signal });
  } while (handlings.size > 0); // a job may have been on its way
}
