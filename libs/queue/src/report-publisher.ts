import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '@fathom/contracts';
import type { Redis } from 'ioredis';
import { connect, disconnect, failFastOptions } from './connection';
import { REPORT_STREAM } from './keys';
import { errorListener, type QueueLog } from './log';
import { ReportBuffer } from './report-buffer';

export interface ReportPublisherOptions {
  readonly redisUrl: string;
  readonly log: QueueLog;
  /** Reports kept while Redis is away. Default 10,000. */
  readonly maxBuffered?: number;
  /** Entries the stream keeps, roughly; the oldest go first. Default 200,000. */
  readonly maxStreamLength?: number;
}

const MAX_BUFFERED = 10_000;
const MAX_STREAM_LENGTH = 200_000;
const BATCH = 200;
const RETRY_MS = 200;

/**
 * Puts reports on the stream, in the order of publish(), each at least once. While Redis is away they are kept and
 * sent when it is back; nobody has to wait for that.
 */
export class ReportPublisher {
  private readonly redis: Redis;
  private readonly buffer: ReportBuffer;
  private readonly maxStreamLength: number;
  private readonly onError: (error: Error) => void;
  private sending: Promise<void> | undefined;
  private closed = false;

  constructor(options: ReportPublisherOptions) {
    this.redis = connect(failFastOptions(options.redisUrl, 'fathom-reports'), options.log);
    this.buffer = new ReportBuffer(options.maxBuffered ?? MAX_BUFFERED);
    this.maxStreamLength = options.maxStreamLength ?? MAX_STREAM_LENGTH;
    this.onError = errorListener(options.log, 'reports are kept until Redis takes them');
  }

  /** Returns at once. */
  publish(report: Report): void {
    if (this.closed) throw new Error('the report publisher is closed');
    this.buffer.push(report);
    this.sending ??= this.sendAll();
  }

  /** Reports that Redis has not taken yet. */
  get buffered(): number {
    return this.buffer.size;
  }

  /** Reports given up because too many were waiting. */
  get dropped(): number {
    return this.buffer.dropped;
  }

  /** Waits until Redis has taken all reports, at most `timeoutMs`; says whether it has. */
  async flush(timeoutMs: number): Promise<boolean> {
    const over = new AbortController();
    await Promise.race([
      this.sending,
      sleep(timeoutMs, undefined, { signal: over.signal }).catch(() => undefined),
    ]);
    over.abort();
    return this.buffer.size === 0;
  }

  /** Flushes, then gives up what is left; answers how many reports that were. */
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
    const batch = this.buffer.take(BATCH);
    const pipeline = this.redis.pipeline();
    for (const report of batch)
      pipeline.xadd(
        REPORT_STREAM,
        'MAXLEN',
        '~',
        this.maxStreamLength,
        '*',
        'report',
        JSON.stringify(report),
      );
    try {
      const results = (await pipeline.exec()) ?? [];
      const firstError = results.findIndex(([error]) => error !== null);
      const taken = firstError === -1 ? results.length : firstError;
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
}
