import { FailFastRedis, type FailFastOptions } from './fail-fast-redis';

/** Answers whether Redis is there and set up so that it loses no job. */
export class RedisHealth {
  private readonly connection: FailFastRedis;

  constructor(options: FailFastOptions) {
    this.connection = new FailFastRedis(options, 'fathom-health');
  }

  /** @throws RedisUnavailableError if there is no answer within `timeoutMs` */
  async ping(timeoutMs = 1_000): Promise<void> {
    await this.connection.run((redis) => redis.ping(), timeoutMs);
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
