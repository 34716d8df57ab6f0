import type { Queue } from 'bullmq';
import type { RedisClient } from './connection';

/** What a queue has come to since it began, and whose jobs are in hand. */
export interface QueueReading {
  /** BullMQ's own counts of ended jobs. */
  readonly completed: number;
  readonly failed: number;
  /** Jobs that a worker has taken: held while its lock is valid, expired when it has not been heard of for too long. */
  readonly leases: { readonly held: number; readonly expired: number };
}

/** Takes a few commands, however many jobs wait; one more for each job in hand. */
export async function readQueue(queue: Queue, redis: RedisClient): Promise<QueueReading> {
  const [completed, failed, active] = await Promise.all([
    queue.getMetrics('completed', 0, 0),
    queue.getMetrics('failed', 0, 0),
    redis.lrange(queue.toKey('active'), 0, -1),
  ]);
  const pipeline = redis.pipeline();
  for (const id of active) pipeline.exists(`${queue.toKey(id)}:lock`);
  const locks = (await pipeline.exec()) ?? [];
  const held = locks.filter(([error, exists]) => {
    if (error) throw error;
    return exists === 1;
  }).length;
  return {
    completed: completed.meta.count,
    failed: failed.meta.count,
    leases: { held, expired: active.length - held },
  };
}
