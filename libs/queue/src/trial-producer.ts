import type { TrainJob, TrialSegment } from '@fathom/contracts';
import { Queue } from 'bullmq';
import { FailFastRedis, type FailFastOptions } from './fail-fast-redis';
import { jobIdOf, queuePriorityOf } from './job-id';
import { BULLMQ_PREFIX, TRIALS_QUEUE } from './keys';
import { errorListener } from './log';
import { failureOf, type FailedTrialJob } from './trial-failure';

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

/**
 * Puts trials into the queue. Every call fails at once with RedisUnavailableError while Redis is away and works
 * again by itself when it is back.
 */
export class TrialProducer {
  private readonly connection: FailFastRedis;
  private readonly queue: Queue<TrainJob, void, 'train'>;

  constructor(options: TrialProducerOptions) {
    this.connection = new FailFastRedis(options, 'fathom-producer');
    this.queue = new Queue(TRIALS_QUEUE, {
      connection: this.connection.redis,
      prefix: BULLMQ_PREFIX,
      skipWaitingForReady: true,
      // The check would run before there is a connection, and a queue whose check failed never recovers.
      skipVersionCheck: true,
      skipMetasUpdate: true,
      defaultJobOptions: {
        attempts: ATTEMPTS,
        backoff: { type: 'exponential', delay: options.backoffMs ?? BACKOFF_MS },
        removeOnComplete: KEEP_COMPLETED,
        removeOnFail: KEEP_FAILED,
      },
    });
    this.queue.on('error', errorListener(options.log, 'trial queue'));
  }

  /** Waits for the first connection; false if there is none within `timeoutMs`. */
  untilConnected(timeoutMs: number): Promise<boolean> {
    return this.connection.untilConnected(timeoutMs);
  }

  /** Idempotent: a segment whose job exists in any state, ended ones included, is left as it is. */
  async enqueueTrials(jobs: readonly TrainJob[]): Promise<void> {
    for (let start = 0; start < jobs.length; start += BATCH) {
      const batch = jobs.slice(start, start + BATCH);
      const entries = batch.map((data) => ({
        name: 'train' as const,
        data,
        opts: { jobId: jobIdOf(data), priority: queuePriorityOf(data) },
      }));
      await this.connection.run(() => this.queue.addBulk(entries));
    }
  }

  /**
   * Takes the job of a trial's segment out of the queue, also one that has ended.
   *
   * @returns active: a worker has it, so it was left alone
   */
  async removeTrial(segment: TrialSegment): Promise<'removed' | 'active' | 'absent'> {
    if ((await this.jobState(segment)) === 'absent') return 'absent';
    return (await this.connection.run(() => this.queue.remove(jobIdOf(segment)))) === 1
      ? 'removed'
      : 'active';
  }

  /** Takes what waits or has ended out of the queue; jobs that a worker has are left alone. */
  async removeTrials(segments: readonly TrialSegment[]): Promise<void> {
    for (let start = 0; start < segments.length; start += BATCH) {
      const batch = segments.slice(start, start + BATCH).map(jobIdOf);
      await this.connection.run(() => Promise.all(batch.map((jobId) => this.queue.remove(jobId))));
    }
  }

  async jobState(segment: TrialSegment): Promise<TrialJobState | 'absent'> {
    const state = await this.connection.run(() => this.queue.getJobState(jobIdOf(segment)));
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

  async counts(): Promise<Record<TrialJobState, number>> {
    const counts = await this.connection.run(() =>
      this.queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'completed', 'failed'),
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

  /** Workers connected now; each trains at least one trial at a time. */
  workers(): Promise<number> {
    return this.connection.run(() => this.queue.getWorkersCount());
  }

  /** Calls `visit` for every failed job that is still kept, one after the other. */
  async forEachFailedTrial(visit: (failed: FailedTrialJob) => unknown): Promise<void> {
    for (let start = 0; ; start += BATCH) {
      const jobs = await this.connection.run(() => this.queue.getFailed(start, start + BATCH - 1));
      for (const job of jobs) if (job.id !== undefined) await visit(failureOf(job.id, job.failedReason));
      if (jobs.length < BATCH) return;
    }
  }

  /** The queues a Bull Board shows. */
  boardQueues(): readonly Queue[] {
    return [this.queue as Queue];
  }

  async close(): Promise<void> {
    await this.queue.close();
    await this.connection.close();
  }
}
