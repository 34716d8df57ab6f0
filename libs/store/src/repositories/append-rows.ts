import { sql, type SQL } from 'drizzle-orm';
import type { Database } from '../database';
import { columnOf } from './column-of';

export interface NewRow {
  readonly sweepId: string;
  readonly kind: string;
  readonly payload: object;
}

/** Appends to the table of events, in order. @returns the ids of the rows */
export async function appendRows(db: Database, rows: readonly NewRow[], createdAt: Date): Promise<string[]> {
  if (rows.length === 0) return [];
  const result = await db.execute(appending(rows, createdAt));
  return result.rows.map((row) => String(row['id']));
}

/** The statement that does it, which returns `id` and `kind` of each row. */
export function appending(rows: readonly NewRow[], createdAt: Date): SQL {
  const column = (valueOf: (row: NewRow) => string) => columnOf(rows.map(valueOf));
  return sql`
    insert into events (sweep_id, kind, payload, created_at)
    select r.sweep_id, r.kind, r.payload::jsonb, ${createdAt.toISOString()}::timestamptz
    from unnest(
      ${column(({ sweepId }) => sweepId)}::uuid[], ${column(({ kind }) => kind)},
      ${column(({ payload }) => JSON.stringify(payload))}
    ) with ordinality as r(sweep_id, kind, payload, position)
    order by r.position
    returning id, kind`;
}
