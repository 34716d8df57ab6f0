import { DEFAULT_POOL, type TrainJob, type TrialSegment } from '@fathom/contracts';
import { Queue } from 'bullmq';
import { FailFastRedis, type FailFastOptions } from './fail-fast-redis';
import { jobIdOf, queuePriorityOf, scoreAfter } from './job-id';
import { BULLMQ_PREFIX, queueOf } from './keys';
import { errorListener } from './log';
import { readQueue, type QueueReading } from './queue-reading';

export interface TrialProducerOptions extends FailFastOptions {
  /** Wait before a job is handed out again whose handler threw an error; doubled the second time. Default 2,000. */
  readonly backoffMs?: number;
}

export const trialJobStates = ['waiting', 'delayed', 'active', 'completed', 'failed'] as const;
export type TrialJobState = (typeof trialJobStates)[number];

/** Of handlers that throw; what a trial may fail of, and how often, is not the queue's business. */
const ATTEMPTS = 3;
const BACKOFF_MS = 2_000;
/** Results live in the database; ended jobs stay for people who look at the board. */
const KEEP_COMPLETED = { age: 24 * 3_600, count: 5_000 };
const KEEP_FAILED = { age: 7 * 24 * 3_600, count: 10_000 };
const BATCH = 500;
/** A trial that a worker has turned away is offered again within this time. */
const SOON_MS = 2_000;
/** BullMQ's: what is delayed is in a sorted set by its time times this plus a counter. */
const DELAYED_SCORE_PER_MS = 0x1000;

type TrialQueue = Queue<TrainJob, void, 'train'>;

/**
 * Puts trials into the queue. Every call fails at once with RedisUnavailableError while Redis is away and works
 * again by itself when it is back.
 */
export class TrialProducer {
  private readonly connection: FailFastRedis;
  private readonly queues = new Map<string, TrialQueue>();

  constructor(private readonly options: TrialProducerOptions) {
    this.connection = new FailFastRedis(options, 'fathom-producer');
  }

  /** Waits for the first connection; false if there is none within `timeoutMs`. */
  untilConnected(timeoutMs: number): Promise<boolean> {
    return this.connection.untilConnected(timeoutMs);
  }

  /** Idempotent: a segment whose job exists in any state, ended ones included, is left as it is. */
  async enqueueTrials(jobs: readonly TrainJob[]): Promise<void> {
    for (const [pool, ofPool] of byPool(jobs))
      for (const batch of batchesOf(ofPool)) {
        const entries = batch.map((data) => ({
          name: 'train' as const,
          data,
          opts: { jobId: jobIdOf(data), priority: queuePriorityOf(data) },
        }));
        await this.connection.run(() => this.queueOf(pool).addBulk(entries));
      }
  }

  /**
   * Takes the job of a trial's segment out of the queue, also one that has ended.
   *
   * @returns active: a worker has it, so it was left alone
   */
  async removeTrial(segment: TrialSegment): Promise<'removed' | 'active' | 'absent'> {
    if ((await this.jobState(segment)) === 'absent') return 'absent';
    const queue = this.queueOf(segment.pool);
    return (await this.connection.run(() => queue.remove(jobIdOf(segment)))) === 1 ? 'removed' : 'active';
  }

  /** Takes what waits or has ended out of the queue; jobs that a worker has are left alone. */
  async removeTrials(segments: readonly TrialSegment[]): Promise<void> {
    for (const batch of batchesOf(segments))
      await this.connection.run(() =>
        Promise.all(batch.map((segment) => this.queueOf(segment.pool).remove(jobIdOf(segment)))),
      );
  }

  /**
   * Takes those out of the queue that no worker was ever given.
   *
   * @returns those that are on no queue now
   */
  async removeUnstarted(segments: readonly TrialSegment[]): Promise<TrialSegment[]> {
    const gone: TrialSegment[] = [];
    for (const segment of segments) {
      const queue = this.queueOf(segment.pool);
      const job = await this.connection.run(() => queue.getJob(jobIdOf(segment)));
      if (job !== undefined && job.attemptsStarted > 0) continue;
      // One that a worker takes at this moment stays.
      if (job === undefined || (await this.connection.run(() => queue.remove(jobIdOf(segment)))) === 1)
        gone.push(segment);
    }
    return gone;
  }

  async jobState(segment: TrialSegment): Promise<TrialJobState | 'absent'> {
    const queue = this.queueOf(segment.pool);
    const state = await this.connection.run(() => queue.getJobState(jobIdOf(segment)));
    switch (state) {
      case 'unknown':
        return 'absent';
      case 'prioritized':
      case 'waiting-children':
        return 'waiting';
      case 'waiting':
      case 'delayed':
      case 'active':
      case 'completed':
      case 'failed':
        return state;
    }
  }

  async counts(pool = DEFAULT_POOL): Promise<Record<TrialJobState, number>> {
    const queue = this.queueOf(pool);
    const counts = await this.connection.run(() =>
      queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'completed', 'failed'),
    );
    const of = (state: string): number => counts[state] ?? 0;
    return {
      waiting: of('waiting') + of('prioritized'),
      delayed: of('delayed'),
      active: of('active'),
      completed: of('completed'),
      failed: of('failed'),
    };
  }

  /** What the pool's queue has come to. */
  reading(pool = DEFAULT_POOL): Promise<QueueReading> {
    const queue = this.queueOf(pool) as Queue;
    return this.connection.run((redis) => readQueue(queue, redis));
  }

  /** Jobs of the pool that a worker could take now and that come before those of sweeps of a lower priority than this. */
  async waiting(pool: string, sweepPriority: number): Promise<number> {
    const queue = this.queueOf(pool);
    return this.connection.run((redis) =>
      redis.zcount(queue.toKey('prioritized'), '-inf', `(${String(scoreAfter(sweepPriority))}`),
    );
  }

  /** Jobs of the pool that nobody may take yet: those that are soon offered again, and those whose time is later. */
  async delayed(pool: string): Promise<{ readonly soon: number; readonly later: number }> {
    const key = this.queueOf(pool).toKey('delayed');
    const until = String((Date.now() + SOON_MS) * DELAYED_SCORE_PER_MS);
    const [soon, later] = await this.connection.run((redis) =>
      Promise.all([redis.zcount(key, '-inf', until), redis.zcount(key, `(${until}`, '+inf')]),
    );
    return { soon, later };
  }

  /** What a Bull Board shows of these pools. */
  boardQueues(pools: readonly string[] = [DEFAULT_POOL]): readonly Queue[] {
    return pools.map((pool) => this.queueOf(pool) as Queue);
  }

  async close(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
    await this.connection.close();
  }

  private queueOf(pool: string): TrialQueue {
    const known = this.queues.get(pool);
    if (known !== undefined) return known;
    const queue: TrialQueue = new Queue(queueOf(pool), {
      connection: this.connection.redis,
      prefix: BULLMQ_PREFIX,
      skipWaitingForReady: true,
      // The check would run before there is a connection, and a queue whose check failed never recovers.
      skipVersionCheck: true,
      skipMetasUpdate: true,
      defaultJobOptions: {
        attempts: ATTEMPTS,
        backoff: { type: 'exponential', delay: this.options.backoffMs ?? BACKOFF_MS },
        removeOnComplete: KEEP_COMPLETED,
        removeOnFail: KEEP_FAILED,
      },
    });
    queue.on('error', errorListener(this.options.log, 'trial queue'));
    this.queues.set(pool, queue);
    return queue;
  }
}

function byPool(jobs: readonly TrainJob[]): Map<string, TrainJob[]> {
  const pools = new Map<string, TrainJob[]>();
  for (const job of jobs) {
    const ofPool = pools.get(job.pool) ?? [];
    if (ofPool.push(job) === 1) pools.set(job.pool, ofPool);
  }
  return pools;
}

function* batchesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}
