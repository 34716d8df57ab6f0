const LONGEST = 1_024;
const SLACK_MS = 1_000;
/** Of the slots of a pool, those that are to find their next job waiting. */
const SHARE = 1 / 8;

/**
 * How many jobs are to wait in the queue of a pool, beside those that find a free slot at once. What waits there has its
 * order already, so that it is to be few: where trials take hours one in eight slots has a successor at hand. Where a
 * look finds the queue run dry soon after it was filled, trials are short, and twice as many are to wait from then on.
 * For each second in which that many were not needed it is half: trials of another sweep may take hours.
 */
export class QueueWindow {
  private jobs = 1;
  private changedAt = -Infinity;
  private filledAt = -Infinity;

  get size(): number {
    return this.jobs;
  }

  /**
   * @param waiting jobs in the queue that a worker could take now
   * @param now milliseconds, of a clock that only goes forward
   */
  look(waiting: number, slots: number, now: number): void {
    if (waiting === 0 && now - this.filledAt < SLACK_MS) this.resize(Math.min(LONGEST, this.jobs * 2), now);
    else {
      const needed = Math.max(this.changedAt, waiting > this.jobs / 2 ? -Infinity : this.filledAt);
      const seconds = Math.floor((now - needed) / SLACK_MS);
      if (seconds > 0) this.resize(Math.floor(this.jobs / 2 ** seconds), now);
    }
    this.jobs = Math.max(1, Math.ceil(slots * SHARE), this.jobs);
  }

  /** All that was to wait does. */
  filled(now: number): void {
    this.filledAt = now;
  }

  private resize(jobs: number, now: number): void {
    this.jobs = jobs;
    this.changedAt = now;
  }
}
