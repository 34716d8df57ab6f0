import type { SearchAction, SearchEvent, Searcher } from '@fathom/search';
import type { NewEvent, Repositories, SweepRecord } from '@fathom/store';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock';
import { carryOut } from './carry-out';
import { decisionOf, restoreSearcher } from './search-log';

interface Kept {
  readonly searcher: Searcher;
  /** Id of the newest event that it was told. */
  readonly event: bigint;
  /** What a restart would have to do again. */
  readonly sinceSnapshot: { events: number; ms: number };
}

/** A snapshot is taken before a restart would have to replay more than this. */
const MAX_REPLAY = { events: 1_000, ms: 2_000 };
const MAX_KEPT = 100;

/**
 * The searches of the sweeps. The log in the database is the truth: what a search was told, and what it decided, is
 * written in the transaction that carries it out. A searcher is kept in memory only as long as it has been told exactly
 * what the log says; after a transaction that failed, or one of another coordinator, it is restored from there.
 */
export class Searches {
  private readonly kept = new LRUCache<string, Kept>({ max: MAX_KEPT });

  constructor(private readonly clock: Clock) {}

  /**
   * Tells the search of a running sweep what happened and carries out what it decides, inside the caller's
   * transaction, which holds the sweep's lock and has written what happened.
   *
   * @returns the live events of what was decided, for the caller to append
   */
  async advance(
    tx: Repositories,
    sweep: SweepRecord,
    searchEvents: readonly SearchEvent[],
  ): Promise<NewEvent[]> {
    if (searchEvents.length === 0) return [];
    const { searcher, sinceSnapshot } = await this.find(tx, sweep);
    this.kept.delete(sweep.id);
    const began = performance.now();
    const steps = searchEvents.map((event) => ({ event, actions: searcher.handle(event) }));
    sinceSnapshot.events += steps.length;
    sinceSnapshot.ms += performance.now() - began;
    const event = await tx.search.append(
      sweep.id,
      steps.map((step) => ({ event: step.event, decisions: step.actions.map(decisionOf) })),
      this.clock.now(),
    );
    if (sinceSnapshot.events >= MAX_REPLAY.events || sinceSnapshot.ms >= MAX_REPLAY.ms) {
      await tx.search.saveSnapshot(sweep.id, searcher.snapshot(), event);
      Object.assign(sinceSnapshot, { events: 0, ms: 0 });
    }
    const actions: SearchAction[] = steps.flatMap((step) => step.actions);
    const events = await carryOut(tx, sweep, actions, this.clock);
    // Should the transaction fail after this, the log will not have the event, and no one will take the searcher for current.
    if (!actions.some(({ type }) => type === 'completeSweep'))
      this.kept.set(sweep.id, { searcher, event, sinceSnapshot });
    return events;
  }

  private async find(tx: Repositories, sweep: SweepRecord): Promise<Kept> {
    const kept = this.kept.get(sweep.id);
    if (kept?.event === sweep.searchEvent) return kept;
    const began = performance.now();
    const { searcher, replayed } = await restoreSearcher(tx, sweep);
    const sinceSnapshot = { events: replayed, ms: performance.now() - began };
    return { searcher, event: sweep.searchEvent, sinceSnapshot };
  }
}
