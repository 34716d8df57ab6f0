import type { AttemptState, AttemptView } from '@fathom/contracts';
import { eq, inArray, sql } from 'drizzle-orm';
import type { Database } from '../database';
import type { AttemptRecord } from '../records';
import { toAttemptRecord, toAttemptView } from '../rows';
import { attempts, trials } from '../schema';

/** Column expression beside a row of trials: how many attempts it had. */
export const attemptCount = sql<number>`(select count(*)::int from ${attempts} where ${attempts.trialId} = ${trials.id})`;

export class AttemptRepository {
  constructor(private readonly db: Database) {}

  async ofTrials(trialIds: readonly string[]): Promise<AttemptRecord[]> {
    if (trialIds.length === 0) return [];
    const rows = await this.db
      .select()
      .from(attempts)
      .where(inArray(attempts.trialId, [...trialIds]))
      .orderBy(attempts.trialId, attempts.fence);
    return rows.map(toAttemptRecord);
  }

  /** The attempts of a trial, oldest first. */
  async history(trialId: string): Promise<AttemptView[]> {
    const rows = await this.db
      .select()
      .from(attempts)
      .where(eq(attempts.trialId, trialId))
      .orderBy(attempts.fence);
    return rows.map(toAttemptView);
  }

  /** Inserts or overwrites. */
  async save(records: readonly AttemptRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.db
      .insert(attempts)
      .values([...records])
      .onConflictDoUpdate({
        target: attempts.id,
        set: {
          state: sql`excluded.state`,
          workerId: sql`excluded.worker_id`,
          device: sql`excluded.device`,
          failure: sql`excluded.failure`,
          startedAt: sql`excluded.started_at`,
          endedAt: sql`excluded.ended_at`,
        },
      });
  }

  /** Ends the attempts of a trial that still count as running. */
  async endRunning(trialId: string, state: Exclude<AttemptState, 'running'>, endedAt: Date): Promise<void> {
    await this.db
      .update(attempts)
      .set({ state, endedAt })
      .where(
        sql`${attempts.trialId} = ${trialId} and ${attempts.state} = ${'running' satisfies AttemptState}`,
      );
  }
}
