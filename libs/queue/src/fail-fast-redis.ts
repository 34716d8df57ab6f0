import {
  connect,
  disconnect,
  failFastOptions,
  orUnavailable,
  RedisUnavailableError,
  type RedisClient,
} from './connection';
import type { QueueLog } from './log';

export interface FailFastOptions {
  readonly redisUrl: string;
  readonly log: QueueLog;
}

/** Above the time-out of a single command: what is still unanswered then will never be answered. */
const ANSWER_TIMEOUT_MS = 10_000;

/** A connection for callers that cannot wait: while Redis is away their commands fail at once. */
export class FailFastRedis {
  readonly redis: RedisClient;
  private readonly firstAttempt: Promise<unknown>;

  constructor(options: FailFastOptions, connectionName: string) {
    const redis = connect(failFastOptions(options.redisUrl, connectionName), options.log);
    this.redis = redis;
    this.firstAttempt = new Promise((resolve) => {
      redis.once('ready', resolve);
      redis.once('close', resolve);
    });
  }

  /**
   * Runs a command; the very first ones wait until the first attempt to connect is decided.
   *
   * @throws RedisUnavailableError, also if there is no answer within `timeoutMs`
   */
  run<T>(command: (redis: RedisClient) => Promise<T>, timeoutMs = ANSWER_TIMEOUT_MS): Promise<T> {
    return orUnavailable(
      withinTime(
        this.firstAttempt.then(() => command(this.redis)),
        timeoutMs,
      ),
    );
  }

  /** Waits for a connection, at most `timeoutMs`; false if there is none by then. */
  untilConnected(timeoutMs: number): Promise<boolean> {
    const { redis } = this;
    if (redis.status === 'ready') return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (connected: boolean) => {
        clearTimeout(timer);
        redis.off('ready', onReady);
        resolve(connected);
      };
      const onReady = () => finish(true);
      const timer = setTimeout(() => finish(false), timeoutMs);
      redis.on('ready', onReady);
    });
  }

  close(): Promise<void> {
    return disconnect(this.redis);
  }
}

/** A script or transaction of many commands has no time-out of its own when its connection breaks under it. */
async function withinTime<T>(reply: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const late = () => reject(new RedisUnavailableError(`Redis did not answer within ${timeoutMs} ms`));
    timer = setTimeout(late, timeoutMs);
  });
  try {
    return await Promise.race([reply, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
