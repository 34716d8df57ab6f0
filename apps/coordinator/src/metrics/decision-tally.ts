import type { Decision } from '@fathom/contracts';
import type { DecisionGroup } from '@fathom/store';

/** What was decided of a sweep so far. */
export interface DecisionCounts {
  readonly byAction: ReadonlyMap<Decision['action'], number>;
  /** Trials that were let go on, by the epoch they train to next; null: their end. */
  readonly promotions: ReadonlyMap<number | null, number>;
}

interface Tally {
  lastId: bigint;
  readonly byAction: Map<Decision['action'], number>;
  readonly promotions: Map<number | null, number>;
}

/** Counts the decisions of the sweeps that are watched; each row of their logs is read once. */
export class DecisionTally {
  private tallies = new Map<string, Tally>();

  /** @param since counts decisions after an id, by sweep */
  constructor(private readonly since: (after: ReadonlyMap<string, bigint>) => Promise<DecisionGroup[]>) {}

  /** Forgets all other sweeps. */
  async of(sweepIds: readonly string[]): Promise<ReadonlyMap<string, DecisionCounts>> {
    const watched = new Map(sweepIds.map((id) => [id, this.tallies.get(id) ?? emptyTally()]));
    const news = await this.since(new Map([...watched].map(([id, { lastId }]) => [id, lastId])));
    for (const { sweepId, action, untilEpoch, decisions, lastId } of news) {
      const tally = watched.get(sweepId);
      if (tally === undefined) continue;
      add(tally.byAction, action, decisions);
      if (action === 'resumeTrial') add(tally.promotions, untilEpoch, decisions);
      if (lastId > tally.lastId) tally.lastId = lastId;
    }
    this.tallies = watched;
    return watched;
  }
}

const emptyTally = (): Tally => ({ lastId: 0n, byAction: new Map(), promotions: new Map() });

const add = <K>(counts: Map<K, number>, key: K, count: number): void => {
  counts.set(key, (counts.get(key) ?? 0) + count);
};
