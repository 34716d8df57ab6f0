import { setImmediate } from 'node:timers/promises';
import { activeTraceparent, noSpan, type Tracer } from '@fathom/runtime';
import type { SearchAction, SearchEvent, Searcher } from '@fathom/search';
import type { NewEvent, Repositories, SweepRecord } from '@fathom/store';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock';
import { carryOut, newTrials } from './carry-out';
import { decisionOf, restoreSearcher } from './search-log';

interface Kept {
  readonly searcher: Searcher;
  /** Id of the newest event that it was told. */
  readonly event: bigint;
  /** What a restart would have to do again. */
  readonly sinceSnapshot: { events: number; ms: number };
}

/** From the first event that a search is told in a transaction to the last. */
export interface SearchTurn {
  /** @returns what it decides, carried out by `end` */
  tell(event: SearchEvent): readonly SearchAction[];
  /** Called once, after at least one event and after the caller has written what happened. @returns as `advance` */
  end(): Promise<NewEvent[]>;
}

/** A snapshot is taken before a restart would have to replay more than this. */
const MAX_REPLAY = { events: 2_000, ms: 2_000 };
const MAX_KEPT = 100;

/**
 * The searches of the sweeps. The log in the database is the truth: what a search was told, and what it decided, is
 * written in the transaction that carries it out. A searcher is kept in memory only as long as it has been told exactly
 * what the log says; after a transaction that failed, or one of another coordinator, it is restored from there.
 */
export class Searches {
  private readonly kept = new LRUCache<string, Kept>({ max: MAX_KEPT });

  constructor(
    private readonly clock: Clock,
    private readonly tracer: Tracer,
  ) {}

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
    const turn = await this.begin(tx, sweep);
    for (const event of searchEvents) turn.tell(event);
    return turn.end();
  }

  /** For a caller that has to know what was decided on one event before it comes to the next; otherwise as `advance`. */
  async begin(tx: Repositories, sweep: SweepRecord): Promise<SearchTurn> {
    const parent = activeTraceparent();
    const attributes = { 'fathom.sweep': sweep.id };
    const span = parent === undefined ? noSpan : this.tracer.start('decide', { parent, attributes });
    const { searcher, sinceSnapshot } = await this.find(tx, sweep);
    this.kept.delete(sweep.id);
    const steps: { readonly event: SearchEvent; readonly actions: readonly SearchAction[] }[] = [];
    return {
      tell: (event) => {
        const began = performance.now();
        const actions = searcher.handle(event);
        steps.push({ event, actions });
        sinceSnapshot.events++;
        sinceSnapshot.ms += performance.now() - began;
        return actions;
      },
      end: async () => {
        const actions: SearchAction[] = steps.flatMap((step) => step.actions);
        const extension = steps.map((step) => step.event).findLast((told) => told.type === 'sweepExtended');
        const spec = extension?.to ?? sweep.spec;
        const [event, created] = await Promise.all([
          tx.search.append(
            sweep.id,
            steps.map((step) => ({ event: step.event, decisions: step.actions.map(decisionOf) })),
            this.clock.now(),
          ),
          // While PostgreSQL writes ten thousand decisions, which it has to have been sent, as many trials are made.
          setImmediate().then(() => newTrials({ ...sweep, spec }, actions, this.clock)),
        ]);
        const events = await carryOut(tx, sweep.id, { actions, created }, this.clock);
        // Restored from here on is what the new spec makes of it.
        const isDue = sinceSnapshot.events >= MAX_REPLAY.events || sinceSnapshot.ms >= MAX_REPLAY.ms;
        if (isDue || extension !== undefined) {
          await tx.search.saveSnapshot(sweep.id, searcher.snapshot(), event);
          Object.assign(sinceSnapshot, { events: 0, ms: 0 });
        }
        // Should the transaction fail after this, the log will not have the event, and no one will take the searcher for current.
        if (!actions.some(({ type }) => type === 'completeSweep'))
          this.kept.set(sweep.id, { searcher, event, sinceSnapshot });
        span.set({ 'fathom.events': steps.length, 'fathom.actions': actions.length });
        span.end();
        return events;
      },
    };
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
