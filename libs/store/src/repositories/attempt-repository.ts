import type { AttemptState, AttemptView } from '@fathom/contracts';
import { and, eq, sql } from 'drizzle-orm';
import type { Database } from '../database';
import type { AttemptRecord } from '../records';
import { toAttemptRecord, toAttemptView } from '../rows';
import { attempts } from '../schema';
import { oneOf } from './one-of';

/** Column expression beside a row of trials: how many attempts it had. */
// Spelled out, because a selection from one table loses the table names that columns would bring along.
const attemptCount = sql<number>`(select count(*)::int from "attempts" a where a."trial_id" = "trials"."id")`;

/** Column expression beside a row of trials: the micro-batch of the newest attempt that told of one. */
export const newestMicroBatch = sql<number | null>`case when "trials"."current_fence" > 0 then (
  select a."micro_batch" from "attempts" a
  where a."trial_id" = "trials"."id" and a."micro_batch" is not null order by a."fence" desc limit 1) end`;

/** Column expression beside a row of trials: what its newest attempt that failed left for the next. */
export const newestMemo = sql<unknown>`case when "trials"."current_fence" > 0 then (
  select a."memo" from "attempts" a
  where a."trial_id" = "trials"."id" and a."failure" is not null order by a."fence" desc limit 1) end`;

/** The columns of `AttemptsInShort`. */
export const attemptsInShort = { attempts: attemptCount, microBatch: newestMicroBatch };

export class AttemptRepository {
  constructor(private readonly db: Database) {}

  async ofTrials(trialIds: readonly string[]): Promise<AttemptRecord[]> {
    if (trialIds.length === 0) return [];
    const rows = await this.db
      .select()
      .from(attempts)
      .where(oneOf(attempts.trialId, trialIds))
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
    await this.db.execute(sql`
      insert into attempts (id, trial_id, fence, state, worker_id, device, micro_batch, failure, memo, started_at,
        ended_at)
      select r.id, r."trialId", r.fence, r.state, r."workerId", r.device, r."microBatch", r.failure, r.memo,
        r."startedAt", r."endedAt"
      from jsonb_to_recordset(${JSON.stringify(records)}::jsonb)
        as r(id uuid, "trialId" uuid, fence int, state text, "workerId" text, device text, "microBatch" int,
          failure jsonb, memo jsonb, "startedAt" timestamptz, "endedAt" timestamptz)
      on conflict (id) do update set
        state = excluded.state, worker_id = excluded.worker_id, device = excluded.device,
        micro_batch = excluded.micro_batch, failure = excluded.failure, memo = excluded.memo,
        started_at = excluded.started_at, ended_at = excluded.ended_at`);
  }

  /** Nobody will speak for the trial's running attempts any more. */
  async loseRunning(trialId: string, endedAt: Date): Promise<void> {
    await this.db
      .update(attempts)
      .set({ state: 'lost' satisfies AttemptState, endedAt })
      .where(and(eq(attempts.trialId, trialId), eq(attempts.state, 'running' satisfies AttemptState)));
  }

  /** Attempts that still count as running though their trial ended before the given time: nobody spoke for them. */
  async loseOfEnded(before: Date): Promise<void> {
    const state: AttemptState = 'lost';
    const running: AttemptState = 'running';
    await this.db.execute(sql`
      update attempts set state = ${state}, ended_at = trials.ended_at
      from trials
      where trials.id = attempts.trial_id and attempts.state = ${running}
        and trials.ended_at < ${before.toISOString()}::timestamptz`);
  }
}
