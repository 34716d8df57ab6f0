import type { StepMetrics } from '@fathom/contracts';
import type { StepResult } from './network-session';

const REPORT_INTERVAL_MS = 1000;

export type StepAverages = Pick<StepMetrics, 'loss' | 'accuracy' | 'imagesPerSecond' | 'stepSeconds'>;

/** Averages over the steps of about a second. Goes on over the end of an epoch, for epochs that are shorter. */
export class StepReport {
  readonly #now: () => number;
  readonly #batchSize: number;
  #since: number;
  #steps = 0;
  #busyMs = 0;
  #losses = 0;
  #lossSum = 0;
  #correct = 0;

  constructor(now: () => number, batchSize: number) {
    this.#now = now;
    this.#batchSize = batchSize;
    this.#since = now();
  }

  /** Takes the steps of a call; gives the averages of those since it last did, after a second of steps. */
  add(results: readonly StepResult[]): StepAverages | undefined {
    const at = this.#now();
    this.#busyMs += at - this.#since;
    this.#since = at;
    this.#steps += results.length;
    for (const { loss, correct } of results) {
      this.#correct += correct;
      if (!Number.isFinite(loss)) continue;
      this.#losses++;
      this.#lossSum += loss;
    }
    // Where no loss of float16 was finite there is nothing to tell yet.
    if (this.#busyMs < REPORT_INTERVAL_MS || this.#losses === 0) return undefined;
    const stepSeconds = this.#busyMs / 1000 / this.#steps;
    const averages = {
      loss: this.#lossSum / this.#losses,
      accuracy: this.#correct / (this.#steps * this.#batchSize),
      imagesPerSecond: this.#batchSize / stepSeconds,
      stepSeconds,
    };
    this.#steps = this.#busyMs = this.#losses = this.#lossSum = this.#correct = 0;
    return averages;
  }

  /** The time since the last step was not spent on steps. */
  skip(): void {
    this.#since = this.#now();
  }
}
