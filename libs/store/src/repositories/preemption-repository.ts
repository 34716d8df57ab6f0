import type { SweepState, TrialSegment, TrialState } from '@fathom/contracts';
import { sql } from 'drizzle-orm';
import type { Database } from '../database';

/** Who waits for a place, and who could make room. */
export class PreemptionRepository {
  constructor(private readonly db: Database) {}

  /**
   * Queued trials that have to wait though trials of a lower priority run, those of the highest priority first.
   *
   * @param limit the most that are given
   */
  async outranking(limit: number): Promise<(TrialSegment & { readonly priority: number })[]> {
    const { rows } = await this.db.execute(sql`
      select t.id, t.segment, t.pool, (s.spec ->> 'priority')::int as priority
      from sweeps s join trials t on t.sweep_id = s.id
      where s.state = ${'running' satisfies SweepState} and t.state = ${'queued' satisfies TrialState}
        and t.sent_segment = t.segment
        and (s.spec ->> 'priority')::int > (
          select min((lower.spec ->> 'priority')::int)
          from sweeps lower join trials running on running.sweep_id = lower.id
          where running.state = ${'running' satisfies TrialState}
        )
      order by priority desc, s.created_at, t.number
      limit ${limit}`);
    return rows.map((row) => ({
      trialId: String(row['id']),
      segment: Number(row['segment']),
      pool: String(row['pool']),
      priority: Number(row['priority']),
    }));
  }

  /** Trials that run, those of the lowest priority first and among them those whose attempt is youngest. */
  async running(limit: number): Promise<{ trialId: string; sweepId: string; priority: number }[]> {
    const { rows } = await this.db.execute(sql`
      select t.id, t.sweep_id, (s.spec ->> 'priority')::int as priority
      from trials t join sweeps s on s.id = t.sweep_id
        join attempts a on a.trial_id = t.id and a.state = ${'running'}
      where t.state = ${'running' satisfies TrialState}
      order by priority, a.started_at desc
      limit ${limit}`);
    return rows.map((row) => ({
      trialId: String(row['id']),
      sweepId: String(row['sweep_id']),
      priority: Number(row['priority']),
    }));
  }
}
