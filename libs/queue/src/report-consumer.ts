import { setTimeout as sleep } from 'node:timers/promises';
import { type Report } from '@fathom/contracts';
import type { Redis } from 'ioredis';
import { connect, disconnect, failFastOptions } from './connection';
import { DEAD_REPORT_STREAM, REPORT_GROUP, REPORT_STREAM } from './keys';
import { errorListener, type QueueLog } from './log';
import { parseEntry, type DeadEntry, type StreamEntry } from './report-entry';

export interface ReportConsumerOptions {
  readonly redisUrl: string;
  readonly log: QueueLog;
  /** Unlike that of every other coordinator that runs now. */
  readonly consumerName: string;
  /**
   * Must have the effect of one call where it is called twice with the same report. A rejection means "not now": the
   * same reports come again after a second.
   */
  readonly onReports: (reports: Report[]) => Promise<void>;
  /** Told of entries that are no reports; they go to the stream fathom:reports:dead. */
  readonly onDead?: (count: number) => void;
  /** Reports handed over at once, at most. Default 200. */
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

/** Takes reports off the stream, each at least once: one is done with only after `onReports` has resolved. */
export class ReportConsumer {
  private readonly redis: Redis;
  private readonly onError: (error: Error) => void;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: ReportConsumerOptions) {
    const connection = failFastOptions(options.redisUrl, 'fathom-report-intake');
    this.redis = connect({ ...connection, commandTimeout: SILENCE_MS }, options.log);
    this.onError = errorListener(options.log, 'report intake');
  }

  /** Begins to take reports, and does so until stop(), whatever happens to Redis. */
  start(): void {
    this.running ??= this.run();
  }

  /** Waits for the batch in hand; what `onReports` has not accepted by then is left for others. */
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
      await this.redis.xgroup('CREATE', REPORT_STREAM, REPORT_GROUP, '0', 'MKSTREAM');
    } catch (error) {
      if (!String(error).includes('BUSYGROUP')) throw error;
    }
  }

  private async read(): Promise<StreamEntry[]> {
    const reply = await this.redis.xreadgroup(
      ...(['GROUP', REPORT_GROUP, this.options.consumerName] as const),
      ...(['COUNT', this.batchSize, 'BLOCK', BLOCK_MS, 'STREAMS', REPORT_STREAM, '>'] as const),
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
        ...([REPORT_STREAM, REPORT_GROUP, this.options.consumerName, 0, cursor] as const),
        ...(['COUNT', this.batchSize] as const),
      )) as [cursor: string, entries: (StreamEntry | null)[]];
      await this.handle(entries.filter((entry) => entry !== null));
      cursor = next;
    } while (cursor !== '0-0' && !this.stopping.signal.aborted);
  }

  private async forgetAbsentConsumers(): Promise<void> {
    const consumers = (await this.redis.xinfo('CONSUMERS', REPORT_STREAM, REPORT_GROUP)) as unknown[][];
    for (const fields of consumers) {
      const field = (name: string) => fields[fields.indexOf(name) + 1];
      if (field('pending') === 0 && Number(field('idle')) > FORGET_AFTER_MS)
        await this.redis.xgroup('DELCONSUMER', REPORT_STREAM, REPORT_GROUP, String(field('name')));
    }
  }

  private async handle(entries: readonly StreamEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const parsed = entries.map(parseEntry);
    await this.bury(parsed.filter((entry) => 'reason' in entry));
    const reports = parsed.flatMap((entry) => ('report' in entry ? [entry.report] : []));
    if (reports.length > 0 && !(await this.handOver(reports))) return;
    await this.redis.xack(REPORT_STREAM, REPORT_GROUP, ...entries.map(([id]) => id));
  }

  private async bury(dead: readonly DeadEntry[]): Promise<void> {
    for (const { id, reason, content } of dead) {
      await this.redis.xadd(
        ...([DEAD_REPORT_STREAM, 'MAXLEN', '~', MAX_DEAD, '*'] as const),
        ...(['id', id, 'reason', reason, 'content', content] as const),
      );
      this.options.log.warn({ id, reason }, 'an entry of the report stream is no report');
    }
    if (dead.length > 0) this.options.onDead?.(dead.length);
  }

  /** Offers the reports until they are accepted, so that their order stays; false if stopped before that. */
  private async handOver(reports: Report[]): Promise<boolean> {
    while (!this.stopping.signal.aborted)
      try {
        await this.options.onReports(reports);
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
