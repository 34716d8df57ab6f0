import { liveEventSchema, type LiveEvent } from '@fathom/contracts';
import { and, eq, gt, ne } from 'drizzle-orm';
import type { Database } from '../database';
import { events } from '../schema';

/** A live event that is stored and replayed: it has an id once it is written. */
export type StoredEvent = Extract<LiveEvent, { id: string }>;
type WithoutId<E> = E extends unknown ? Omit<E, 'id'> : never;
export type NewEvent = WithoutId<StoredEvent>;

/** What the search decided and why; kept beside the events, not sent to clients. */
export interface Decision {
  readonly sweepId: string;
  readonly action: string;
  readonly trial: number | null;
  readonly reason: string;
}

const DECISION = 'decision';
const INSERT_BATCH = 5_000;

export class EventRepository {
  constructor(private readonly db: Database) {}

  /** Appends in order. The caller holds the sweep's lock, so that ids grow in the order of commits. */
  async append(newEvents: readonly NewEvent[], createdAt: Date): Promise<void> {
    await this.insert(
      newEvents.map((event) => ({ sweepId: event.sweepId, kind: event.type, payload: event, createdAt })),
    );
  }

  async appendDecisions(decisions: readonly Decision[], createdAt: Date): Promise<void> {
    await this.insert(
      decisions.map(({ sweepId, ...payload }) => ({ sweepId, kind: DECISION, payload, createdAt })),
    );
  }

  /** The sweep's events after an id, in order. */
  async after(sweepId: string, afterId: bigint, limit: number): Promise<StoredEvent[]> {
    const rows = await this.db
      .select({ id: events.id, payload: events.payload })
      .from(events)
      .where(and(eq(events.sweepId, sweepId), gt(events.id, afterId), ne(events.kind, DECISION)))
      .orderBy(events.id)
      .limit(limit);
    return rows.map((row) => {
      const event = liveEventSchema.parse({ ...(row.payload as object), id: String(row.id) });
      if (event.type === 'stepReported') throw new Error(`event ${String(row.id)} should not be stored`);
      return event;
    });
  }

  private async insert(rows: readonly (typeof events.$inferInsert)[]): Promise<void> {
    for (let from = 0; from < rows.length; from += INSERT_BATCH)
      await this.db.insert(events).values(rows.slice(from, from + INSERT_BATCH));
  }
}
