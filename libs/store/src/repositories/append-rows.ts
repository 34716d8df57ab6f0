import { sql } from 'drizzle-orm';
import type { Database } from '../database';

export interface NewRow {
  readonly sweepId: string;
  readonly kind: string;
  readonly payload: object;
}

/** Appends to the table of events, in order. @returns the ids of the rows */
export async function appendRows(db: Database, rows: readonly NewRow[], createdAt: Date): Promise<string[]> {
  if (rows.length === 0) return [];
  const result = await db.execute(sql`
    insert into events (sweep_id, kind, payload, created_at)
    select (r.row ->> 'sweepId')::uuid, r.row ->> 'kind', r.row -> 'payload',
      ${createdAt.toISOString()}::timestamptz
    from jsonb_array_elements(${JSON.stringify(rows)}::jsonb) with ordinality as r(row, position)
    order by r.position
    returning id`);
  return result.rows.map((row) => String(row['id']));
}
