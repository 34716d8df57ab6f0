import { setTimeout as sleep } from 'node:timers/promises';
import type { LogChunk } from '@fathom/contracts';
import type { Logger } from '@fathom/runtime';
import { isUnstorable, type Store } from '@fathom/store';
import type { Clock } from '../clock';

const DAY_MS = 86_400_000;
/** Trainings that flood their logs must not keep reports from being taken in: for each second of work so many of rest. */
const REST = 3;
const LONGEST_REST_MS = 1_000;

/** Brings the logs of trials into the database, and takes those out that are too old. */
export class LogIntake {
  constructor(
    private readonly store: Pick<Store, 'logs'>,
    private readonly keepDays: number,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** @throws whatever says nothing of the chunks themselves: they are to come again */
  async take(chunks: readonly LogChunk[]): Promise<void> {
    const began = performance.now();
    await this.bring(chunks);
    await sleep(Math.min(LONGEST_REST_MS, REST * (performance.now() - began)));
  }

  async dropOld(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - this.keepDays * DAY_MS);
    const dropped = await this.store.logs.dropBefore(before);
    if (dropped > 0) this.logger.info({ before, dropped }, 'old logs of trials are dropped');
  }

  private async bring(chunks: readonly LogChunk[]): Promise<void> {
    try {
      await this.store.logs.append(chunks, this.clock.now());
    } catch (error) {
      if (!isUnstorable(error)) throw error;
      // A chunk that cannot be stored must not hold up those beside it.
      if (chunks.length > 1) for (const chunk of chunks) await this.bring([chunk]);
      else this.logger.error({ err: error, ...fieldsOf(chunks[0]) }, 'a part of the log of a trial is lost');
    }
  }
}

const fieldsOf = (chunk: LogChunk | undefined) => ({ trial: chunk?.trialId, attempt: chunk?.attemptId });
