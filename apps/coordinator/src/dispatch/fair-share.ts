/** A trial that could be sent. */
export interface Candidate {
  readonly trialId: string;
  /** Pools that may have it, the preferred one first. */
  readonly pools: readonly string[];
  /** What it is predicted to take; null: nobody has asked. */
  readonly memoryBytes: number | null;
}

/** A sweep whose trials wait. */
export interface Contender {
  readonly sweepId: string;
  readonly owner: string;
  /** In the order in which they are to go. */
  readonly candidates: readonly Candidate[];
}

export interface Placement extends Omit<Candidate, 'pools'> {
  readonly pool: string;
}

/** How many places of each pool owners and sweeps have, under `holding`. */
export type Holdings = Map<string, number>;
export const holding = (pool: string, holder: { owner: string } | { sweepId: string }): string =>
  'owner' in holder ? `${pool} owner ${holder.owner}` : `${pool} sweep ${holder.sweepId}`;

/**
 * Which trials get the places that are free: one after the other, the next of the owner that has the fewest places of
 * the pool, among its sweeps of the one that has the fewest, and among equals of the oldest. A trial goes to the first of
 * its pools that has room; one without is passed over, and the next of its sweep has a try. (Max-min fairness of places in
 * two levels, as of the Fair Scheduler of Hadoop; what was had before does not count.)
 *
 * @param contenders of one priority, the oldest first
 * @param room free places by pool; counted down
 * @param held counted up
 */
export function shareOut(
  contenders: readonly Contender[],
  room: Map<string, number>,
  held: Holdings,
): Placement[] {
  const counts = new Counts(held);
  const placements: Placement[] = [];
  let turns = contenders.map((contender) => new Turn(contender, counts)).filter((turn) => turn.seek(room));
  for (;;) {
    const turn = fairest(turns);
    if (turn === undefined) return placements;
    const placement = turn.take();
    const { pool } = placement;
    placements.push(placement);
    const left = (room.get(pool) ?? 0) - 1;
    room.set(pool, left);
    // The proposals of the others stand while their pools have room.
    if (left === 0) turns = turns.filter((other) => other.seek(room));
    else if (!turn.seek(room)) turns = turns.filter((other) => other !== turn);
  }
}

interface Count {
  readonly key: string;
  places: number;
}

/** The holdings as numbers to compare, thousands of times in one go: names are looked up once. */
class Counts {
  private readonly known = new Map<string, Count>();

  constructor(private readonly held: Holdings) {}

  of(key: string): Count {
    const count = this.known.get(key) ?? { key, places: this.held.get(key) ?? 0 };
    this.known.set(key, count);
    return count;
  }

  add(count: Count): void {
    count.places++;
    this.held.set(count.key, count.places);
  }
}

/** How far the candidates of a sweep have been gone through, and what it proposes next. */
class Turn {
  private position = 0;
  private pool: string | undefined;
  private owner: Count = { key: '', places: 0 };
  private sweep: Count = { key: '', places: 0 };

  constructor(
    private readonly contender: Contender,
    private readonly counts: Counts,
  ) {}

  /**
   * Goes to the next candidate that a pool has room for. Room only shrinks, so that what is passed over once need not be
   * looked at again.
   *
   * @returns whether there is one
   */
  seek(room: ReadonlyMap<string, number>): boolean {
    const { candidates, owner, sweepId } = this.contender;
    for (; this.position < candidates.length; this.position++) {
      const pool = candidates[this.position]?.pools.find((name) => (room.get(name) ?? 0) > 0);
      if (pool === undefined) continue;
      if (pool === this.pool) return true;
      this.pool = pool;
      this.owner = this.counts.of(holding(pool, { owner }));
      this.sweep = this.counts.of(holding(pool, { sweepId }));
      return true;
    }
    return false;
  }

  /** Whether it is to go before another one, an older one. */
  isBefore(older: Turn): boolean {
    if (this.owner.places !== older.owner.places) return this.owner.places < older.owner.places;
    return this.sweep.places < older.sweep.places;
  }

  take(): Placement {
    const candidate = this.contender.candidates[this.position++];
    if (candidate === undefined || this.pool === undefined) throw new Error('nothing was proposed');
    for (const count of [this.owner, this.sweep]) this.counts.add(count);
    const { trialId, memoryBytes } = candidate;
    return { trialId, memoryBytes, pool: this.pool };
  }
}

function fairest(turns: readonly Turn[]): Turn | undefined {
  let best: Turn | undefined;
  for (const turn of turns) if (best === undefined || turn.isBefore(best)) best = turn;
  return best;
}
