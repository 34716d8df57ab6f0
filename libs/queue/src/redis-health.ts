import { FailFastRedis, type FailFastOptions } from './fail-fast-redis';
import { HEALTH_KEY } from './keys';

const HEALTH_SECONDS = 60;

/** Answers whether Redis is there, takes writes, and is set up so that it loses no job. */
export class RedisHealth {
  private readonly connection: FailFastRedis;

  constructor(options: FailFastOptions) {
    this.connection = new FailFastRedis(options, 'fathom-health');
  }

  /**
   * Writes, for a Redis that only answers is of no use: its memory may be full, or it may have become a replica.
   *
   * @throws RedisUnavailableError if there is no answer within `timeoutMs`, or it refuses
   */
  async ping(timeoutMs = 1_000): Promise<void> {
    await this.connection.run((redis) => redis.set(HEALTH_KEY, '', 'EX', HEALTH_SECONDS), timeoutMs);
  }

  /**
   * @throws Error if Redis may evict keys when its memory is full, which would lose jobs
   * @throws RedisUnavailableError
   */
  async checkNoEviction(): Promise<void> {
    const memory = await this.connection.run((redis) => redis.info('memory'));
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
    if (policy !== undefined && policy !== 'noeviction')
      throw new Error(`Redis has maxmemory-policy ${policy}, which can lose jobs: set it to noeviction`);
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
