import { Redis, type RedisOptions } from 'ioredis';

/** A worker's connection, which also knows the second one that BullMQ makes of it to wait for jobs. */
export class WorkerConnection extends Redis {
  private readonly copies: Redis[] = [];

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = super.duplicate(override);
    this.copies.push(copy);
    return copy;
  }

  /** Gives up all commands under way, also those that wait for Redis to come back; they fail. */
  async abandon(): Promise<void> {
    await Promise.all([this, ...this.copies].map(giveUp));
  }
}

/**
 * disconnect() alone does not end a connection that waits for its next attempt to connect: it stays in that state for
 * good, and what waits for it with it. One more attempt makes it notice that it is to end.
 */
async function giveUp(client: Redis): Promise<void> {
  client.disconnect();
  if (client.status !== 'reconnecting') return;
  await client.connect().catch(() => undefined); // the failure is what we are after
  client.disconnect();
}
