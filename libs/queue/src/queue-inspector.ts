import { DEFAULT_POOL, type TrialSegment } from '@fathom/contracts';
import { FailFastRedis, type FailFastOptions } from './fail-fast-redis';
import { jobIdOf } from './job-id';
import { BULLMQ_PREFIX, queueOf, REPORT_GROUP, REPORT_STREAM } from './keys';
import { failureOf, type FailedTrialJob } from './trial-failure';

/** live: waiting, delayed or with a worker. */
export type JobPresence =
  | { readonly state: 'live' | 'absent' | 'completed' }
  | { readonly state: 'failed'; readonly failed: FailedTrialJob };

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

  /** Whether the stream holds reports that no coordinator has finished with. */
  async hasUntakenReports(): Promise<boolean> {
    const report = await this.connection.run(async (redis) => {
      if ((await redis.exists(REPORT_STREAM)) === 0) return undefined;
      return [
        await redis.xinfo('STREAM', REPORT_STREAM),
        await redis.xinfo('GROUPS', REPORT_STREAM),
      ] as const;
    });
    if (report === undefined) return false;
    const stream = fieldsOf(report[0]);
    const groups = report[1] as unknown[];
    const group = groups.map(fieldsOf).find((fields) => fields.get('name') === REPORT_GROUP);
    if (!group) return stream.get('length') !== 0;
    return group.get('pending') !== 0 || group.get('last-delivered-id') !== stream.get('last-generated-id');
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

/** XINFO answers names and values in turn. */
function fieldsOf(reply: unknown): Map<unknown, unknown> {
  const list = Array.isArray(reply) ? reply : [];
  return new Map(list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1]] as const] : [])));
}
