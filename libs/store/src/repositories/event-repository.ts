import {
  decisionSchema,
  liveEventSchema,
  type Decision,
  type DecisionPage,
  type DecisionQuery,
  type LiveEvent,
} from '@fathom/contracts';
import { and, count, eq, gt, notInArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '../database';
import { toIso } from '../rows';
import { events } from '../schema';
import { appendRows } from './append-rows';
import { eventPayloads } from './event-payloads';
import { DECISION, SEARCH } from './search-repository';

/** A live event that is stored and replayed: it has an id once it is written. */
export type StoredEvent = Extract<LiveEvent, { id: string }>;
type WithoutId<E> = E extends unknown ? Omit<E, 'id'> : never;
export type NewEvent = WithoutId<StoredEvent>;

/** What the search decided and why; kept beside the events, not sent to clients. */
export interface NewDecision extends Pick<Decision, 'action' | 'trial' | 'reason'> {
  readonly sweepId: string;
}

const createdSchema = z.object({
  trial: z.int(),
  values: decisionSchema.shape.values.unwrap().default({}),
});

/** Kinds that clients are not sent. */
const UNSENT = [SEARCH, DECISION];

export class EventRepository {
  constructor(private readonly db: Database) {}

  /** Appends in order. The caller holds the sweep's lock, so that ids grow in the order of commits. */
  async append(newEvents: readonly NewEvent[], createdAt: Date): Promise<StoredEvent[]> {
    const ids = await appendRows(
      this.db,
      newEvents.map((event) => ({ sweepId: event.sweepId, kind: event.type, payload: event })),
      createdAt,
    );
    return newEvents.map((event, index) => ({ ...event, id: ids[index] ?? '' }));
  }

  async appendDecisions(decisions: readonly NewDecision[], createdAt: Date): Promise<void> {
    await appendRows(
      this.db,
      decisions.map(({ sweepId, ...payload }) => ({ sweepId, kind: DECISION, payload })),
      createdAt,
    );
  }

  /** The sweep's events after an id, in order. */
  async after(sweepId: string, afterId: bigint, limit: number): Promise<StoredEvent[]> {
    const rows = await this.db
      .select({ id: events.id, payload: events.payload })
      .from(events)
      .where(and(eq(events.sweepId, sweepId), gt(events.id, afterId), notInArray(events.kind, UNSENT)))
      .orderBy(events.id)
      .limit(limit);
    return rows.map((row) => {
      const event = liveEventSchema.parse({ ...(row.payload as object), id: String(row.id) });
      if (event.type === 'stepReported') throw new Error(`event ${String(row.id)} should not be stored`);
      return event;
    });
  }

  /**
   * The values that were decided for each trial, by its number, ascending.
   *
   * @param proposed only of those that are no copies of others
   */
  async valuesOf(
    sweepId: string,
    { proposed = false }: { readonly proposed?: boolean } = {},
  ): Promise<Map<number, NonNullable<Decision['values']>>> {
    const action: Decision['action'] = 'createTrial';
    const payloads = await eventPayloads(
      this.db,
      sweepId,
      DECISION,
      sql`${events.payload} ->> 'action' = ${action}`,
      proposed ? sql`not ${events.payload} ? 'from'` : undefined,
    );
    return new Map(
      payloads.map((payload) => {
        const { trial, values } = createdSchema.parse(payload);
        return [trial, values];
      }),
    );
  }

  /** Oldest first. */
  async decisions(sweepId: string, { trial, limit, offset }: DecisionQuery): Promise<DecisionPage> {
    const where = and(
      eq(events.sweepId, sweepId),
      eq(events.kind, DECISION),
      trial === undefined ? undefined : sql`(${events.payload} ->> 'trial')::int = ${trial}`,
    );
    const rows = await this.db
      .select()
      .from(events)
      .where(where)
      .orderBy(events.id)
      .limit(limit)
      .offset(offset);
    const [total] = await this.db.select({ value: count() }).from(events).where(where);
    const items = rows.map(({ id, payload, createdAt }) =>
      decisionSchema.parse({ ...(payload as object), id: String(id), at: toIso(createdAt) }),
    );
    return { items, total: total?.value ?? 0, limit, offset };
  }
}
