import { and, asc, eq, type SQL } from 'drizzle-orm';
import type { Database } from '../database';
import { events } from '../schema';

/** What the rows of one kind hold that meet the conditions, in order. */
export async function eventPayloads(
  db: Database,
  sweepId: string,
  kind: string,
  ...conditions: readonly (SQL | undefined)[]
): Promise<unknown[]> {
  const rows = await db
    .select({ payload: events.payload })
    .from(events)
    .where(and(eq(events.sweepId, sweepId), eq(events.kind, kind), ...conditions))
    .orderBy(asc(events.id));
  return rows.map(({ payload }) => payload);
}
