import { Cluster, type Redis } from 'ioredis';
import { FailFastRedis, type FailFastOptions } from './fail-fast-redis';
import { RedisUnavailableError, type RedisClient } from './connection';
import { HEALTH_KEY } from './keys';

const HEALTH_SECONDS = 60;
const NO_EVICTION = 'noeviction';

/** Redis may evict keys when its memory is full, and jobs with them. */
export class EvictionError extends Error {
  override readonly name = 'EvictionError';

  constructor(policy: string) {
    super(`Redis has maxmemory-policy ${policy}, which can lose jobs: set it to ${NO_EVICTION}`);
  }
}

/** Answers whether Redis is there, takes writes, and is set up so that it loses no job. */
export class RedisHealth {
  private readonly connection: FailFastRedis;

  constructor(private readonly options: FailFastOptions) {
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
   * @throws EvictionError if Redis may evict keys when its memory is full
   * @throws RedisUnavailableError
   */
  async checkNoEviction(): Promise<void> {
    const { policy } = await this.connection.run(settingsOf);
    if (policy !== undefined && policy !== NO_EVICTION) throw new EvictionError(policy);
  }

  /**
   * Before anything is done with Redis: refuses one that may lose jobs, and warns of what else is not as it should be. One
   * that is away is warned of, and to be asked again when it answers.
   *
   * @param waitMs for a first connection
   * @throws EvictionError
   */
  async refuseEviction({ waitMs = 0 }: { readonly waitMs?: number } = {}): Promise<void> {
    const warn = (context: object, what: string) => this.options.log.warn(context, what);
    try {
      await this.connection.untilConnected(waitMs);
      const { policy, appendOnly } = await this.connection.run(settingsOf);
      if (policy === undefined) warn({}, 'Redis does not say its maxmemory-policy: it must be noeviction');
      else if (policy !== NO_EVICTION) throw new EvictionError(policy);
      if (appendOnly === false)
        warn(
          {},
          'Redis keeps no append-only file: after its restart trials wait until they are enqueued again',
        );
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
      warn({ reason: error.message }, 'Redis is away, so that its settings are not known yet');
    }
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

interface RedisFacts {
  /** Any that is not noeviction, of all nodes. undefined: it does not say. */
  readonly policy: string | undefined;
  /** Whether all nodes keep an append-only file. undefined: some do not say. */
  readonly appendOnly: boolean | undefined;
}

async function settingsOf(redis: RedisClient): Promise<RedisFacts> {
  const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis];
  const facts = await Promise.all(nodes.map(settingsOfNode));
  const policies = facts.map(({ policy }) => policy);
  const appendOnly = facts.map((of) => of.appendOnly);
  return {
    policy: policies.find((policy) => policy !== undefined && policy !== NO_EVICTION) ?? policies[0],
    appendOnly: appendOnly.includes(false) ? false : appendOnly[0],
  };
}

async function settingsOfNode(redis: Redis): Promise<RedisFacts> {
  const read = async (section: string, pattern: RegExp) => pattern.exec(await infoOf(redis, section))?.[1];
  const policy = await read('memory', /^maxmemory_policy:(\S+)/m);
  const enabled = await read('persistence', /^aof_enabled:(\d)/m);
  return { policy, appendOnly: enabled === undefined ? undefined : enabled === '1' };
}

/** Empty where we may not ask. */
async function infoOf(redis: Redis, section: string): Promise<string> {
  try {
    return await redis.info(section);
  } catch (error) {
    if (String(error).includes('NOPERM')) return '';
    throw error;
  }
}
