import { DEFAULT_POOL, type TrialSegment } from '@fathom/contracts';
import { FailFastRedis, type FailFastOptions } from './fail-fast-redis';
import { jobIdOf } from './job-id';
import { BULLMQ_PREFIX, queueOf, REPORT_GROUP, REPORT_STREAM } from './keys';
import { compareStreamIds, olderStreamId } from './stream-id';
import { readStream, type StreamReading } from './stream-reading';
import { failureOf, type FailedTrialJob } from './trial-failure';

/** live: waiting, delayed or with a worker. */
export type JobPresence =
  | { readonly state: 'live' | 'absent' | 'completed' }
  | { readonly state: 'failed'; readonly failed: FailedTrialJob };

/** How far the reports are done with, at the time of asking. */
export interface ReportProgress {
  /** Id of the newest report there ever was. */
  readonly newest: string;
  /** Whether all reports up to this one are done with, or were lost together with their stream. */
  readonly isDoneUpTo: (id: string) => boolean;
}

const NO_REPORT = '0-0';

const keyOf = (pool: string, suffix: string): string => `${BULLMQ_PREFIX}:${queueOf(pool)}:${suffix}`;

/** Cheap questions about many trials at once. Calls fail at once with RedisUnavailableError while Redis is away. */
export class QueueInspector {
  private readonly connection: FailFastRedis;

  constructor(options: FailFastOptions) {
    this.connection = new FailFastRedis(options, 'fathom-inspector');
  }

  /**
   * Where the jobs of the trials' segments are, in the order given. Looks up the job and the sets of ended ones, which takes
   * the same time however long the queue is; asking for the exact state would walk through the waiting ones.
   */
  async presence(segments: readonly TrialSegment[]): Promise<JobPresence[]> {
    if (segments.length === 0) return [];
    const jobIds = segments.map(jobIdOf);
    const replies = await this.connection.run(async (redis) => {
      const pipeline = redis.pipeline();
      for (const [index, id] of jobIds.entries()) {
        const key = (suffix: string) => keyOf(segments[index]?.pool ?? DEFAULT_POOL, suffix);
        pipeline
          .exists(key(id))
          .zscore(key('completed'), id)
          .zscore(key('failed'), id)
          .hget(key(id), 'failedReason');
      }
      const results = (await pipeline.exec()) ?? [];
      return results.map(([error, reply]) => {
        if (error) throw error;
        return reply;
      });
    });
    return jobIds.map((id, index) => {
      const [exists, completed, failedAt, reason] = replies.slice(index * 4, index * 4 + 4);
      if (exists !== 1) return { state: 'absent' };
      if (typeof completed === 'string') return { state: 'completed' };
      if (typeof failedAt !== 'string') return { state: 'live' };
      return { state: 'failed', failed: failureOf(id, typeof reason === 'string' ? reason : '') };
    });
  }

  /** How far coordinators are with the reports. */
  async reportProgress(): Promise<ReportProgress> {
    const reading = await this.connection.run((redis) => readStream(redis, REPORT_STREAM, REPORT_GROUP));
    return { newest: reading?.newest ?? NO_REPORT, isDoneUpTo: (id) => isDoneUpTo(reading, id) };
  }

  /** Whether the stream holds reports that no coordinator has finished with. */
  async hasUntakenReports(): Promise<boolean> {
    const { newest, isDoneUpTo } = await this.reportProgress();
    return !isDoneUpTo(newest);
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

function isDoneUpTo(reading: StreamReading | undefined, id: string): boolean {
  // What is on it is not done with; where nothing is, all is.
  if (reading === undefined || reading.length === 0) return true;
  const { newest, lastDelivered, oldestPending } = reading;
  const last = olderStreamId(id, newest);
  if (lastDelivered === undefined || compareStreamIds(lastDelivered, last) < 0) return false;
  return oldestPending === undefined || compareStreamIds(oldestPending, last) > 0;
}
