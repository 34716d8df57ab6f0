import { Redis } from 'ioredis';
import { neverEnding, openClient, type RedisClient, type RedisSettings } from './connection';

/** A worker's connection, which also knows the second one that BullMQ makes of it to wait for jobs. */
export class WorkerConnection {
  readonly client: RedisClient;
  private readonly copies: RedisClient[] = [];

  constructor(settings: RedisSettings) {
    const client = openClient(settings);
    // Of both kinds of clients; the types of their arguments are not the same.
    const duplicate = client.duplicate.bind(client) as (...args: unknown[]) => RedisClient;
    // BullMQ wraps it in a proxy, which may show another value of what can be changed only.
    Object.defineProperty(client, 'duplicate', {
      ...{ configurable: true, writable: true },
      value: (...args: unknown[]) => {
        const copy = duplicate(...args);
        if (copy instanceof Redis) neverEnding(copy);
        this.copies.push(copy);
        return copy;
      },
    });
    this.client = client;
  }

  /** Gives up all commands under way, also those that wait for Redis to come back; they fail. */
  async abandon(): Promise<void> {
    await Promise.all([this.client, ...this.copies].map(giveUp));
  }
}

/**
 * disconnect() alone does not end a connection that waits for its next attempt to connect: it stays in that state for
 * good, and what waits for it with it. One more attempt makes it notice that it is to end.
 */
async function giveUp(client: RedisClient): Promise<void> {
  const waited = client.status === 'reconnecting';
  client.disconnect();
  if (!waited) return;
  await client.connect().catch(() => undefined); // the failure is what we are after
  client.disconnect();
}
