import { FailFastRedis, type FailFastOptions } from './fail-fast-redis';
import { NODES } from './keys';

/** A machine of which no worker has been heard for so long has none. */
const ALIVE_MS = 15_000;

/** The machines that have workers now, by the clock of Redis. Calls fail at once while Redis is away. */
export class NodeDirectory {
  private readonly connection: FailFastRedis;

  constructor(options: FailFastOptions) {
    this.connection = new FailFastRedis(options, 'fathom-nodes');
  }

  /** Says that the machine has a worker; to be repeated every few seconds. */
  async announce(node: string): Promise<void> {
    const now = await this.now();
    await this.connection.run((redis) => redis.zadd(NODES, now, node));
  }

  /** Names of the machines whose workers have been heard of in the last 15 seconds. */
  async live(): Promise<string[]> {
    const now = await this.now();
    await this.connection.run((redis) => redis.zremrangebyscore(NODES, '-inf', now - ALIVE_MS));
    return this.connection.run((redis) => redis.zrange(NODES, '0', '-1'));
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async now(): Promise<number> {
    const [seconds, microseconds] = await this.connection.run((redis) => redis.time());
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  }
}
