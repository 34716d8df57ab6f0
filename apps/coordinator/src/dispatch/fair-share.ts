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
  const placements: Placement[] = [];
  const turns = contenders.map((contender) => new Turn(contender));
  for (;;) {
    const next = fairest(
      turns.flatMap((turn) => turn.next(room) ?? []),
      held,
    );
    if (next === undefined) return placements;
    const { turn, ...placement } = next;
    const { pool } = placement;
    turn.take();
    placements.push(placement);
    room.set(pool, (room.get(pool) ?? 0) - 1);
    for (const holder of [{ owner: turn.contender.owner }, { sweepId: turn.contender.sweepId }])
      held.set(holding(pool, holder), (held.get(holding(pool, holder)) ?? 0) + 1);
  }
}

interface Proposal extends Placement {
  readonly turn: Turn;
}

/** How far the candidates of a sweep have been gone through. */
class Turn {
  private position = 0;

  constructor(readonly contender: Contender) {}

  /** Room only shrinks, so that what is passed over once need not be looked at again. */
  next(room: ReadonlyMap<string, number>): Proposal | undefined {
    const { candidates } = this.contender;
    for (; this.position < candidates.length; this.position++) {
      const candidate = candidates[this.position];
      const pool = candidate?.pools.find((name) => (room.get(name) ?? 0) > 0);
      if (candidate === undefined || pool === undefined) continue;
      const { trialId, memoryBytes } = candidate;
      return { turn: this, trialId, memoryBytes, pool };
    }
    return undefined;
  }

  take(): void {
    this.position++;
  }
}

function fairest(proposals: readonly Proposal[], held: Holdings): Proposal | undefined {
  const has = ({ turn, pool }: Proposal) =>
    [{ owner: turn.contender.owner }, { sweepId: turn.contender.sweepId }].map(
      (holder) => held.get(holding(pool, holder)) ?? 0,
    ) as [number, number];
  let best: Proposal | undefined;
  let least: [number, number] = [Infinity, Infinity];
  for (const proposal of proposals) {
    const [owner, sweep] = has(proposal);
    if (owner < least[0] || (owner === least[0] && sweep < least[1])) {
      best = proposal;
      least = [owner, sweep];
    }
  }
  return best;
}
