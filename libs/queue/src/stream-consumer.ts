import { setTimeout as sleep } from 'node:timers/promises';
import { connect, disconnect, failFastOptions, type RedisClient } from './connection';
import { errorListener, type QueueLog } from './log';
import { parseEntry, type DeadEntry, type EntryShape, type StreamEntry } from './stream-entry';
import { olderStreamId } from './stream-id';
import { readStream } from './stream-reading';

export interface StreamConsumerOptions<T> {
  readonly redisUrl: string;
  readonly log: QueueLog;
  readonly connectionName: string;
  readonly stream: string;
  readonly group: string;
  /** What an entry holds. */
  readonly shape: EntryShape<T>;
  /** Where entries of another shape go; absent: nowhere. */
  readonly deadStream?: string;
  /** Whether what is done with is taken off the stream; otherwise its length takes care of that. */
  readonly removesDone: boolean;
  /** What a warning about an outage says. */
  readonly outage: string;
  /** Unlike that of every other process that reads the stream now. */
  readonly consumerName: string;
  /**
   * Must have the effect of one call where it is called twice with the same entry. A rejection means "not now": the
   * same entries come again after a second.
   */
  readonly onEntries: (entries: T[]) => Promise<void>;
  /** Told of entries of another shape. */
  readonly onDead?: (count: number) => void;
  /** Entries handed over at once, at most. Default 200. */
  readonly batchSize?: number;
  /** How often what others have left unfinished is looked for. Default 30,000. */
  readonly claimIntervalMs?: number;
}

const BATCH_SIZE = 200;
const CLAIM_INTERVAL_MS = 30_000;
const BLOCK_MS = 1_000;
const RETRY_MS = 1_000;
/** Redis answers a blocked read after BLOCK_MS; much longer silence means that the connection is dead. */
const SILENCE_MS = 10_000;
const MAX_DEAD = 10_000;
/** A consumer that was away for so long and left nothing is forgotten. */
const FORGET_AFTER_MS = 3_600_000;

/** Takes entries off a stream, each at least once: one is done with only after `onEntries` has resolved. */
export class StreamConsumer<T> {
  private readonly redis: RedisClient;
  private readonly onError: (error: Error) => void;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: StreamConsumerOptions<T>) {
    const connection = failFastOptions(options.redisUrl, options.connectionName);
    this.redis = connect({ ...connection, commandTimeout: SILENCE_MS }, options.log);
    this.onError = errorListener(options.log, options.outage);
  }

  /** Begins to take entries, and does so until stop(), whatever happens to Redis. */
  start(): void {
    this.running ??= this.run();
  }

  /** Waits for the batch in hand; what `onEntries` has not accepted by then is left for others. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await disconnect(this.redis);
  }

  private async run(): Promise<void> {
    let claimAt = 0;
    while (!this.stopping.signal.aborted)
      try {
        if (performance.now() >= claimAt) {
          await this.createGroup();
          await this.claimAbandoned();
          if (this.options.removesDone) await this.removeForgotten();
          await this.forgetAbsentConsumers();
          claimAt = performance.now() + this.claimIntervalMs;
        }
        await this.handle(await this.read());
      } catch (error) {
        // Redis is away, or came back without its data: then the group must be made again.
        claimAt = 0;
        this.onError(error instanceof Error ? error : new Error(String(error)));
        await this.pause();
      }
  }

  private get claimIntervalMs(): number {
    return this.options.claimIntervalMs ?? CLAIM_INTERVAL_MS;
  }

  private get batchSize(): number {
    return this.options.batchSize ?? BATCH_SIZE;
  }

  private async createGroup(): Promise<void> {
    try {
      await this.redis.xgroup('CREATE', this.options.stream, this.options.group, '0', 'MKSTREAM');
    } catch (error) {
      if (!String(error).includes('BUSYGROUP')) throw error;
    }
  }

  private async read(): Promise<StreamEntry[]> {
    const reply = await this.redis.xreadgroup(
      ...(['GROUP', this.options.group, this.options.consumerName] as const),
      ...(['COUNT', this.batchSize, 'BLOCK', BLOCK_MS, 'STREAMS', this.options.stream, '>'] as const),
    );
    return (reply ?? []).flatMap(([, entries]) => entries);
  }

  /**
   * Takes over what a coordinator that led before, or this one before an outage, had taken and not finished. If that one
   * still works on it, its effect happens once all the same.
   */
  private async claimAbandoned(): Promise<void> {
    let cursor = '0-0';
    do {
      const [next, entries] = (await this.redis.xautoclaim(
        ...([this.options.stream, this.options.group, this.options.consumerName, 0, cursor] as const),
        ...(['COUNT', this.batchSize] as const),
      )) as [cursor: string, entries: (StreamEntry | null)[]];
      await this.handle(entries.filter((entry) => entry !== null));
      cursor = next;
    } while (cursor !== '0-0' && !this.stopping.signal.aborted);
  }

  /** What is done with and still there: its consumer ended between the two, or was of a version that removed nothing. */
  private async removeForgotten(): Promise<void> {
    const { stream, group } = this.options;
    const reading = await readStream(this.redis, stream, group);
    if (reading?.lastDelivered === undefined) return;
    const { lastDelivered, oldestPending = lastDelivered } = reading;
    await this.redis.xtrim(stream, 'MINID', olderStreamId(oldestPending, lastDelivered));
  }

  private async forgetAbsentConsumers(): Promise<void> {
    const consumers = (await this.redis.xinfo(
      'CONSUMERS',
      this.options.stream,
      this.options.group,
    )) as unknown[][];
    for (const fields of consumers) {
      const field = (name: string) => fields[fields.indexOf(name) + 1];
      if (field('pending') === 0 && Number(field('idle')) > FORGET_AFTER_MS)
        await this.redis.xgroup(
          'DELCONSUMER',
          this.options.stream,
          this.options.group,
          String(field('name')),
        );
    }
  }

  private async handle(entries: readonly StreamEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const parsed = entries.map((entry) => parseEntry(this.options.shape, entry));
    await this.bury(parsed.filter((entry) => 'reason' in entry));
    const live = parsed.flatMap((entry) => ('value' in entry ? [entry.value] : []));
    if (live.length > 0 && !(await this.handOver(live))) return;
    const { stream, removesDone } = this.options;
    const ids = entries.map(([id]) => id);
    await this.redis.xack(stream, this.options.group, ...ids);
    if (removesDone) await this.redis.xdel(stream, ...ids);
  }

  private async bury(dead: readonly DeadEntry[]): Promise<void> {
    const { stream, deadStream, log } = this.options;
    for (const { id, reason, content } of dead) {
      if (deadStream !== undefined)
        await this.redis.xadd(
          ...([deadStream, 'MAXLEN', '~', MAX_DEAD, '*'] as const),
          ...(['id', id, 'reason', reason, 'content', content] as const),
        );
      log.warn({ id, stream, reason }, `an entry of ${stream} is none`);
    }
    if (dead.length > 0) this.options.onDead?.(dead.length);
  }

  /** Offers the entries until they are accepted, so that their order stays; false if stopped before that. */
  private async handOver(entries: T[]): Promise<boolean> {
    while (!this.stopping.signal.aborted)
      try {
        await this.options.onEntries(entries);
        return true;
      } catch (error) {
        this.onError(error instanceof Error ? error : new Error(String(error)));
        await this.pause();
      }
    return false;
  }

  private async pause(): Promise<void> {
    await sleep(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
