import { compareEntries, type Entry } from './sorted-trials';

export type StoredForgotten = readonly (readonly [
  count: number,
  capacity: number,
  trial: number,
  loss: number,
])[];

interface Batch {
  readonly count: number;
  /** Of the rung, when the last of them was forgotten. */
  readonly capacity: number;
  readonly best: Entry;
}

/**
 * Trials that a rung remembers no more: how many, and the best of them. While the capacity of the rung falls, whoever is
 * worse than that one is forgotten too. An extension of the sweep raises the capacity, and a later trial may then stand
 * among them. Those that are forgotten from then on are counted apart: in one count, all of them would seem to stand
 * before a trial that is worse than the first alone.
 */
export class ForgottenTrials {
  /** One for each plan of the sweep under which trials were forgotten. */
  private readonly batches: Batch[];

  constructor(stored: StoredForgotten = []) {
    this.batches = stored.map(([count, capacity, trial, loss]) => ({
      count,
      capacity,
      best: { trial, loss },
    }));
  }

  /** How many stand before the entry at the most. */
  before(entry: Entry): number {
    return this.batches.reduce(
      (sum, { count, best }) => sum + (compareEntries(best, entry) < 0 ? count : 0),
      0,
    );
  }

  /** @param count trials, of which the entry is the best or better than the best */
  add(entry: Entry, capacity: number, count = 1): void {
    const last = this.batches.at(-1);
    if (last === undefined || capacity > last.capacity) {
      this.batches.push({ count, capacity, best: entry });
      return;
    }
    const best = compareEntries(entry, last.best) < 0 ? entry : last.best;
    this.batches[this.batches.length - 1] = { count: last.count + count, capacity, best };
  }

  snapshot(): StoredForgotten {
    return this.batches.map(({ count, capacity, best: { trial, loss } }) => [count, capacity, trial, loss]);
  }
}
