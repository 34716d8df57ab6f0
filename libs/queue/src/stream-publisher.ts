import { setTimeout as sleep } from 'node:timers/promises';
import type { BoundedBuffer } from './bounded-buffer';
import { connect, disconnect, failFastOptions, type RedisClient } from './connection';
import { errorListener, type QueueLog } from './log';

export interface StreamPublisherOptions<T> {
  readonly redisUrl: string;
  readonly log: QueueLog;
  readonly connectionName: string;
  readonly stream: string;
  /** Name of the field that has an entry as JSON. */
  readonly field: string;
  /** Entries that wait while Redis is away. */
  readonly buffer: BoundedBuffer<T>;
  /** Entries that the stream has, roughly, before it counts as full. */
  readonly maxStreamLength: number;
  /**
   * What a full stream gets no more of, so that everything else stays on it until it is taken. Absent: it gets everything,
   * and the oldest go first.
   */
  readonly isDispensable?: (entry: T) => boolean;
  /** What a warning about an outage says. */
  readonly outage: string;
}

const BATCH = 200;
const RETRY_MS = 200;

/**
 * Puts entries on a stream, in the order of publish(), each at least once. While Redis is away they are kept and
 * sent when it is back; nobody has to wait for that.
 */
export class StreamPublisher<T> {
  private readonly redis: RedisClient;
  private readonly buffer: BoundedBuffer<T>;
  private readonly onError: (error: Error) => void;
  private readonly onFull: (error: Error) => void;
  private sending: Promise<void> | undefined;
  private closed = false;
  private isFull = false;
  private withheld = 0;

  constructor(private readonly options: StreamPublisherOptions<T>) {
    this.redis = connect(failFastOptions(options.redisUrl, options.connectionName), options.log);
    this.buffer = options.buffer;
    this.onError = errorListener(options.log, options.outage);
    this.onFull = errorListener(options.log, `${options.stream} is full`);
  }

  /** Returns at once. */
  publish(entry: T): void {
    if (this.closed) throw new Error(`the publisher of ${this.options.stream} is closed`);
    this.buffer.push(entry);
    this.sending ??= this.sendAll();
  }

  /** Entries that Redis has not taken yet. */
  get buffered(): number {
    return this.buffer.size;
  }

  /** Entries given up because too many were waiting, here or on the stream. */
  get dropped(): number {
    return this.buffer.dropped + this.withheld;
  }

  /** Waits until Redis has taken all entries, at most `timeoutMs`; says whether it has. */
  async flush(timeoutMs: number): Promise<boolean> {
    const over = new AbortController();
    await Promise.race([
      this.sending,
      sleep(timeoutMs, undefined, { signal: over.signal }).catch(() => undefined),
    ]);
    over.abort();
    return this.buffer.size === 0;
  }

  /** Flushes, then gives up what is left; answers how many entries that were. */
  async close(timeoutMs: number): Promise<number> {
    await this.flush(timeoutMs);
    this.closed = true;
    await disconnect(this.redis);
    await this.sending;
    return this.buffer.size;
  }

  private async sendAll(): Promise<void> {
    while (this.buffer.size > 0 && !this.closed) if (!(await this.sendBatch())) await sleep(RETRY_MS);
    this.sending = undefined;
  }

  /** Whether Redis took the whole batch. What it did not take goes back to the front of the buffer. */
  private async sendBatch(): Promise<boolean> {
    let batch = this.buffer.take(BATCH);
    try {
      batch = await this.worthWriting(batch);
      const results = await this.write(batch);
      const firstError = results.findIndex(([error]) => error !== null);
      const taken = firstError === -1 ? batch.length : Math.min(firstError, batch.length);
      this.buffer.putBack(batch.slice(taken));
      const error = results[firstError]?.[0];
      if (error) this.onError(error);
      return taken === batch.length;
    } catch (error) {
      this.buffer.putBack(batch);
      this.onError(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  }

  /** The length of the stream is looked at once it was full, so that nothing is given up any more as soon as it is not. */
  private async worthWriting(batch: T[]): Promise<T[]> {
    const { stream, isDispensable, maxStreamLength } = this.options;
    if (!this.isFull || isDispensable === undefined) return batch;
    this.isFull = (await this.redis.xlen(stream)) >= maxStreamLength;
    if (!this.isFull) return batch;
    const kept = batch.filter((entry) => !isDispensable(entry));
    this.withheld += batch.length - kept.length;
    if (kept.length < batch.length)
      this.onFull(new Error('nobody takes what is on it; the least important is given up'));
    return kept;
  }

  /** @returns what Redis says of each entry, and after that of anything else */
  private async write(batch: readonly T[]): Promise<[error: Error | null, result: unknown][]> {
    if (batch.length === 0) return [];
    const { stream, field, isDispensable, maxStreamLength } = this.options;
    const pipeline = this.redis.pipeline();
    const bound = isDispensable === undefined ? (['MAXLEN', '~', maxStreamLength] as const) : [];
    for (const entry of batch) pipeline.xadd(stream, ...bound, '*', field, JSON.stringify(entry));
    if (isDispensable === undefined) return (await pipeline.exec()) ?? [];
    const results = (await pipeline.xlen(stream).exec()) ?? [];
    this.isFull = Number(results.at(-1)?.[1] ?? 0) >= maxStreamLength;
    return results;
  }
}
