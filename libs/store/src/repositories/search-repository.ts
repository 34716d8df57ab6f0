import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '../database';
import type { SearchJson, SearchLogEntry, SearchState, SearchStep } from '../records';
import { events, sweeps } from '../schema';
import { appending } from './append-rows';
import { eventPayloads } from './event-payloads';

export const SEARCH = 'search';
export const DECISION = 'decision';

const searchStateSchema: z.ZodType<SearchState> = z.record(z.string(), z.unknown());
const payloadSchema = z.looseObject({});

/** A search as it was after one of the events it was told. */
export interface SearchSnapshot {
  /** undefined: it was told nothing yet. */
  readonly state: SearchState | undefined;
  /** Id of that event; 0: none. */
  readonly event: bigint;
}

/** What the search of each sweep was told and what it decided: a log, and a snapshot of where the log has led. */
export class SearchRepository {
  constructor(private readonly db: Database) {}

  /**
   * Appends to the log. The caller holds the sweep's lock.
   *
   * @param steps at least one
   * @returns the id of the last event
   */
  async append(sweepId: string, steps: readonly SearchStep[], createdAt: Date): Promise<bigint> {
    const rows = steps.flatMap(({ event, decisions }) => [
      { sweepId, kind: SEARCH, payload: event },
      ...decisions.map((payload) => ({ sweepId, kind: DECISION, payload })),
    ]);
    const result = await this.db.execute(sql`
      with appended as (${appending(rows, createdAt)})
      update sweeps set search_event = (select max(id) from appended where kind = ${SEARCH})
      where id = ${sweepId}::uuid returning search_event as id`);
    return BigInt(String(result.rows[0]?.['id']));
  }

  /** The events of one type that the search was told, in order. */
  async told(sweepId: string, type: string): Promise<SearchJson[]> {
    const payloads = await eventPayloads(
      this.db,
      sweepId,
      SEARCH,
      sql`${events.payload} ->> 'type' = ${type}`,
    );
    return payloads.map((payload) => payloadSchema.parse(payload));
  }

  async saveSnapshot(sweepId: string, state: SearchState, event: bigint): Promise<void> {
    await this.db
      .update(sweeps)
      .set({ searchState: state, searchStateEvent: event })
      .where(eq(sweeps.id, sweepId));
  }

  async snapshot(sweepId: string): Promise<SearchSnapshot> {
    const [row] = await this.db
      .select({ state: sweeps.searchState, event: sweeps.searchStateEvent })
      .from(sweeps)
      .where(eq(sweeps.id, sweepId));
    return {
      state: searchStateSchema.nullish().parse(row?.state) ?? undefined,
      event: row?.event ?? 0n,
    };
  }

  /** The log after an id, in order; `kinds`: what of it. */
  async log(
    sweepId: string,
    afterId: bigint,
    limit: number,
    kinds: readonly SearchLogEntry['kind'][] = [SEARCH, DECISION],
  ): Promise<SearchLogEntry[]> {
    const rows = await this.db
      .select({ id: events.id, kind: events.kind, payload: events.payload })
      .from(events)
      .where(and(eq(events.sweepId, sweepId), inArray(events.kind, [...kinds]), gt(events.id, afterId)))
      .orderBy(asc(events.id))
      .limit(limit);
    return rows.map(({ id, kind, payload }) => ({
      id,
      kind: kind === SEARCH ? SEARCH : DECISION,
      payload: payloadSchema.parse(payload),
    }));
  }
}
