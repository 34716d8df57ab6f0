import type { Json } from '../json';
import type { Losses } from '../losses';
import { createRung, type Dropped, type Rung } from './rung';

export interface StoredLadder {
  readonly name: string;
  readonly rungs: readonly Json[];
  readonly coming: readonly number[];
}

/** The rungs of the trials that are compared with each other, lowest first, and who is on the way to them. */
export class Ladder {
  readonly name: string;
  readonly rungs: readonly Rung[];
  /** Trials on their way to each rung. */
  private readonly coming: number[];

  /** @param count rungs below the last epoch */
  constructor(
    from: string | StoredLadder,
    count: number,
    objectives: number,
    private readonly eta: number,
  ) {
    const { name, rungs, coming }: Partial<StoredLadder> & Pick<StoredLadder, 'name'> =
      typeof from === 'string' ? { name: from } : from;
    this.name = name;
    this.rungs = Array.from({ length: count }, (_, index) => createRung(objectives, rungs?.[index]));
    this.coming = [...(coming ?? new Array<number>(count).fill(0))];
  }

  /** A trial is on its way to a rung; an index beyond the last: to its last epoch. */
  setOut(index: number): void {
    const coming = this.coming[index];
    if (coming !== undefined) this.coming[index] = coming + 1;
  }

  /**
   * A trial that was on its way has come, or will never come: then its losses are unusable.
   *
   * @param unbegun trials that may still be begun
   * @returns those that can never go on
   */
  arrive(index: number, trial: number, losses: Losses, unbegun: number): readonly Dropped[] {
    const rung = this.rungs[index];
    if (rung === undefined) return [];
    this.coming[index] = (this.coming[index] ?? 0) - 1;
    const behind = this.rungs.slice(0, index).reduce((sum, { waiting }) => sum + waiting, 0);
    const coming = this.coming.slice(0, index + 1).reduce((sum, count) => sum + count, 0);
    const most = rung.compared + 1 + behind + coming + unbegun;
    return rung.arrive(trial, losses, this.quota(most, true));
  }

  /** How many of so many go on; of an open rung rounded down, of one to which nobody comes any more rounded up. */
  quota(compared: number, isFinal: boolean): number {
    return isFinal ? Math.max(1, Math.ceil(compared / this.eta)) : Math.floor(compared / this.eta);
  }

  /**
   * The trial that goes on next, from the highest rung that has one.
   *
   * @param isFinal whether no trial can begin any more
   */
  candidate(isFinal: boolean): { readonly index: number; readonly trial: number } | undefined {
    let highest: { readonly index: number; readonly trial: number } | undefined;
    for (const [index, rung] of this.rungs.entries()) {
      isFinal &&= this.coming[index] === 0;
      const trial = rung.candidate(this.quota(rung.compared, isFinal));
      if (trial === undefined) continue;
      isFinal = false;
      highest = { index, trial };
    }
    return highest;
  }

  snapshot(): Json {
    return { name: this.name, rungs: this.rungs.map((rung) => rung.snapshot()), coming: [...this.coming] };
  }
}
