import { count, sql } from 'drizzle-orm';
import type { Database } from '../database';
import type { OutboxEntry, OutboxKind } from '../records';
import { outbox } from '../schema';
import { oneOf } from './one-of';

/** Where PostgreSQL says that a transaction has put something into the outbox. */
export const OUTBOX_CHANNEL = 'fathom_outbox';

export class OutboxRepository {
  constructor(private readonly db: Database) {}

  async stopTrials(sweepId: string, trialIds: readonly string[], createdAt: Date): Promise<void> {
    await this.insert('stopTrial', sweepId, trialIds, createdAt);
  }

  async dropCheckpoints(sweepId: string, createdAt: Date): Promise<void> {
    await this.insertForSweep('dropCheckpoints', sweepId, createdAt);
  }

  async cancelSweep(sweepId: string, createdAt: Date): Promise<void> {
    await this.insertForSweep('cancelSweep', sweepId, createdAt);
  }

  async pauseSweep(sweepId: string, createdAt: Date): Promise<void> {
    await this.insertForSweep('pauseSweep', sweepId, createdAt);
  }

  /** What waits of the sweep is sent after it. */
  async resumeSweep(sweepId: string, createdAt: Date): Promise<void> {
    await this.insertForSweep('resumeSweep', sweepId, createdAt);
  }

  /** The oldest entries nobody else is working on; they stay locked until the transaction ends. */
  async take(limit: number): Promise<OutboxEntry[]> {
    const rows = await this.db
      .select()
      .from(outbox)
      .orderBy(outbox.id)
      .limit(limit)
      .for('update', { skipLocked: true });
    return rows.map((row) => ({ ...row, kind: row.kind as OutboxKind }));
  }

  async delete(ids: readonly bigint[]): Promise<void> {
    if (ids.length > 0) await this.db.delete(outbox).where(oneOf(outbox.id, ids));
  }

  async isEmpty(): Promise<boolean> {
    const rows = await this.db.select({ id: outbox.id }).from(outbox).limit(1);
    return rows.length === 0;
  }

  async pending(): Promise<number> {
    const [row] = await this.db.select({ value: count() }).from(outbox);
    return row?.value ?? 0;
  }

  private async insertForSweep(kind: OutboxKind, sweepId: string, createdAt: Date): Promise<void> {
    await this.db.insert(outbox).values({ kind, sweepId, createdAt });
    await this.notify();
  }

  /**
   * Says that the relay has something to do, trials that wait included. Heard after the commit; PostgreSQL makes one of
   * several in a transaction.
   */
  async notify(): Promise<void> {
    await this.db.execute(sql`select pg_notify(${OUTBOX_CHANNEL}, '')`);
  }

  private async insert(
    kind: OutboxKind,
    sweepId: string,
    trialIds: readonly string[],
    createdAt: Date,
  ): Promise<void> {
    if (trialIds.length === 0) return;
    await this.db.execute(sql`
      insert into outbox (kind, sweep_id, trial_id, created_at)
      select ${kind}, ${sweepId}::uuid, trial.id::uuid, ${createdAt.toISOString()}::timestamptz
      from jsonb_array_elements_text(${JSON.stringify(trialIds)}::jsonb) with ordinality as trial(id, position)
      order by trial.position`);
    await this.notify();
  }
}
