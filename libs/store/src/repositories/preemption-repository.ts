import type { SweepState, TrialSegment, TrialState } from '@fathom/contracts';
import { sql } from 'drizzle-orm';
import type { Database } from '../database';

/** A trial that runs and could make room. */
export interface PreemptibleTrial {
  readonly trialId: string;
  readonly sweepId: string;
  readonly pool: string;
  readonly priority: number;
}

const runningTrial: TrialState = 'running';
// A trial that runs has been sent: said once more for the index of those.
const runs = (trial: string) =>
  sql.raw(`${trial}.state = '${runningTrial}' and ${trial}.sent_segment = ${trial}.segment`);

/** Who waits for a place, and who could make room: in the same pool, for no worker of another helps. */
export class PreemptionRepository {
  constructor(private readonly db: Database) {}

  /**
   * Queued trials that have to wait though trials of a lower priority run in their pool, those of the highest priority
   * first.
   *
   * @param limit the most of a pool that are given
   */
  async outranking(limit: number): Promise<(TrialSegment & { readonly priority: number })[]> {
    const { rows } = await this.db.execute(sql`
      with lowest as (
        select r.pool, min((l.spec ->> 'priority')::int) as priority
        from trials r join sweeps l on l.id = r.sweep_id where ${runs('r')} group by 1
      )
      select * from (
        select t.id, t.segment, t.pool, (s.spec ->> 'priority')::int as priority, s.created_at, t.number,
          row_number() over (
            partition by t.pool order by (s.spec ->> 'priority')::int desc, s.created_at, t.number
          ) as place
        from trials t join sweeps s on s.id = t.sweep_id join lowest on lowest.pool = t.pool
        where s.state = ${'running' satisfies SweepState} and t.state = ${'queued' satisfies TrialState}
          and t.sent_segment = t.segment and (s.spec ->> 'priority')::int > lowest.priority
      ) ranked
      where place <= ${limit}
      order by priority desc, created_at, number`);
    return rows.map((row) => ({
      trialId: String(row['id']),
      segment: Number(row['segment']),
      pool: String(row['pool']),
      priority: Number(row['priority']),
    }));
  }

  /**
   * Trials that run in these pools, those of the lowest priority first and among them those whose attempt is youngest.
   *
   * @param limit the most of a pool that are given
   */
  async running(pools: readonly string[], limit: number): Promise<PreemptibleTrial[]> {
    if (pools.length === 0) return [];
    const { rows } = await this.db.execute(sql`
      select * from (
        select t.id, t.sweep_id, t.pool, (s.spec ->> 'priority')::int as priority, a.started_at,
          row_number() over (
            partition by t.pool order by (s.spec ->> 'priority')::int, a.started_at desc
          ) as place
        from trials t join sweeps s on s.id = t.sweep_id
          join attempts a on a.trial_id = t.id and a.state = ${'running'}
        where ${runs('t')} and ${JSON.stringify(pools)}::jsonb ? t.pool
      ) ranked
      where place <= ${limit}
      order by priority, started_at desc`);
    return rows.map((row) => ({
      trialId: String(row['id']),
      sweepId: String(row['sweep_id']),
      pool: String(row['pool']),
      priority: Number(row['priority']),
    }));
  }
}
