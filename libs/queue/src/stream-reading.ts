import type { RedisClient } from './connection';

/** How far a stream is, and its group with it. */
export interface StreamReading {
  /** Entries on it, done with or not. */
  readonly length: number;
  /** Id of the newest entry that ever was on it. */
  readonly newest: string;
  /** Id of the last entry that somebody was given; undefined: there is no group yet. */
  readonly lastDelivered: string | undefined;
  /** Id of the first entry that somebody was given and has not done with. */
  readonly oldestPending: string | undefined;
}

/**
 * One question after the other, in this order: what is delivered in between comes after `lastDelivered`.
 *
 * @returns undefined where there is no such stream
 */
export async function readStream(
  redis: RedisClient,
  stream: string,
  groupName: string,
): Promise<StreamReading | undefined> {
  if ((await redis.exists(stream)) === 0) return undefined;
  const fields = fieldsOf(await redis.xinfo('STREAM', stream));
  const groups = (await redis.xinfo('GROUPS', stream)) as unknown[];
  const group = groups.map(fieldsOf).find((found) => found.get('name') === groupName);
  const [, oldest] = group
    ? ((await redis.xpending(stream, groupName)) as [count: number, oldest: string | null])
    : [];
  return {
    length: Number(fields.get('length')),
    newest: String(fields.get('last-generated-id')),
    lastDelivered: group && String(group.get('last-delivered-id')),
    oldestPending: oldest ?? undefined,
  };
}

/** XINFO answers names and values in turn. */
function fieldsOf(reply: unknown): Map<unknown, unknown> {
  const list = Array.isArray(reply) ? reply : [];
  return new Map(list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1]] as const] : [])));
}
