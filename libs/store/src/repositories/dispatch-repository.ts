import { DEFAULT_POOL, poolsSchema, type SweepState, type TrialSegment } from '@fathom/contracts';
import { sql } from 'drizzle-orm';
import type { Database } from '../database';

/** A sweep that has trials waiting. */
export interface WaitingSweep {
  readonly sweepId: string;
  readonly owner: string;
  readonly priority: number;
  /** In order of preference. */
  readonly pools: readonly string[];
  /** Whether its trials are to keep in step, so that the one which is least far goes first. */
  readonly inStep: boolean;
}

/** Trials of a sweep that have been given to the queue of a pool and have not ended. */
export interface HeldPlaces {
  readonly sweepId: string;
  readonly owner: string;
  readonly priority: number;
  readonly pool: string;
  readonly trials: number;
  /** Of these, those that no worker is known to train: they wait in the queue, or for another attempt. */
  readonly queued: number;
}

/** Which waiting trials of a sweep could be sent. */
export interface Asked {
  readonly sweepId: string;
  readonly inStep: boolean;
  /** Pools with room; a trial that has been in another one is none. */
  readonly pools: readonly string[];
  /** Of those whose memory is known, the most it may be; null: any. */
  readonly maxMemoryBytes: number | null;
  readonly limit: number;
}

export interface WaitingTrial {
  readonly trialId: string;
  readonly sweepId: string;
  /** Where it has been before. */
  readonly pool: string | null;
  readonly memoryBytes: number | null;
}

/** A trial whose job is on the queue. */
export interface SentTrial {
  readonly trialId: string;
  readonly segment: number;
  readonly pool: string;
}

/** What the training of a trial is predicted to take at its peak. */
export interface SizedTrial {
  readonly trialId: string;
  readonly memoryBytes: number;
}

/** How many trials wait and run. */
export interface PoolCount {
  readonly pool: string;
  readonly owner: string;
  readonly waiting: number;
  readonly running: number;
}

const isWaiting = sql.raw(`t.state = 'queued' and t.sent_segment < t.segment`);
const isSent = sql.raw(`t.state in ('queued', 'running') and t.sent_segment = t.segment`);
const running: SweepState = 'running';

/** Which trials wait for a place, and who has how many. */
export class DispatchRepository {
  constructor(private readonly db: Database) {}

  /** Sweeps that run and have trials waiting, the oldest first. */
  async waitingSweeps(): Promise<WaitingSweep[]> {
    const { rows } = await this.db.execute(sql`
      select s.id, s.spec ->> 'owner' as owner, (s.spec ->> 'priority')::int as priority, s.spec -> 'pools' as pools,
        s.spec #>> '{scheduler,algorithm}' = 'pbt' as in_step
      from sweeps s
      where s.state = ${running} and exists (select from trials t where t.sweep_id = s.id and ${isWaiting})
      order by s.created_at, s.id`);
    return rows.map((row) => ({
      sweepId: String(row['id']),
      owner: String(row['owner']),
      priority: Number(row['priority']),
      pools: poolsSchema.parse(row['pools']),
      inStep: row['in_step'] === true,
    }));
  }

  /** Of a sweep that is paused, only what still runs: the rest is on no queue. */
  async held(): Promise<HeldPlaces[]> {
    const { rows } = await this.db.execute(sql`
      select c.sweep_id, s.spec ->> 'owner' as owner, (s.spec ->> 'priority')::int as priority, c.pool,
        case when s.state = ${running} then c.trials else c.trials - c.queued end as trials,
        case when s.state = ${running} then c.queued else 0 end as queued
      from (
        select t.sweep_id, coalesce(t.pool, ${DEFAULT_POOL}) as pool, count(*) as trials,
          count(*) filter (where t.state = 'queued') as queued
        from trials t where ${isSent} group by 1, 2
      ) c join sweeps s on s.id = c.sweep_id
      where s.state = ${running} or c.trials > c.queued`);
    return rows.map((row) => ({
      sweepId: String(row['sweep_id']),
      owner: String(row['owner']),
      priority: Number(row['priority']),
      pool: String(row['pool']),
      trials: Number(row['trials']),
      queued: Number(row['queued']),
    }));
  }

  /** Of each sweep asked for, what is to go first: what has come furthest, or what is least far, and then by number. */
  async waiting(asked: readonly Asked[]): Promise<WaitingTrial[]> {
    const [inStep, others] = [asked.filter((one) => one.inStep), asked.filter((one) => !one.inStep)];
    return [
      ...(await this.candidates(inStep, sql.raw('t.epochs_done, t.number'))),
      // In the very words of the index, or all that waits is sorted at each look.
      ...(await this.candidates(others, sql.raw('t.epochs_done desc nulls last, t.number'))),
    ];
  }

  /** Notes what trials are predicted to take. */
  async sized(trials: readonly SizedTrial[]): Promise<void> {
    if (trials.length === 0) return;
    await this.db.execute(sql`
      update trials set memory_bytes = r."memoryBytes"
      from jsonb_to_recordset(${JSON.stringify(trials)}::jsonb) as r("trialId" uuid, "memoryBytes" bigint)
      where trials.id = r."trialId"`);
  }

  /**
   * Notes which pool has a trial, before its job is put there: names of jobs are known to one queue only, so that one
   * that was put into the queue of another pool as well would be trained twice.
   *
   * @returns the trials that wait and are in that pool now; another coordinator may have been first
   */
  async claim(trials: readonly SentTrial[]): Promise<ReadonlySet<string>> {
    if (trials.length === 0) return new Set();
    const { rows } = await this.db.execute(sql`
      with claimed as (
        select r.* from jsonb_to_recordset(${JSON.stringify(trials)}::jsonb)
          as r("trialId" uuid, segment int, pool text)
      ), locked as (
        select t.id from trials t join claimed on claimed."trialId" = t.id order by t.id for update
      )
      update trials t set pool = claimed.pool
      from claimed join locked on locked.id = claimed."trialId"
      where t.id = claimed."trialId" and t.segment = claimed.segment and ${isWaiting}
        and (t.pool is null or t.pool = claimed.pool)
      returning t.id`);
    return new Set(rows.map((row) => String(row['id'])));
  }

  /**
   * Trials that have not begun and are in a pool which has no worker, though another pool of their sweep has.
   *
   * @param live pools that have workers
   */
  async stranded(live: readonly string[], limit: number): Promise<TrialSegment[]> {
    const { rows } = await this.db.execute(sql`
      select t.id, t.segment, t.pool
      from sweeps s join trials t on t.sweep_id = s.id
      where s.state = ${running} and jsonb_array_length(s.spec -> 'pools') > 1
        and s.spec -> 'pools' ?| array(select jsonb_array_elements_text(${JSON.stringify(live)}::jsonb))
        and t.state = 'queued' and t.current_fence = 0 and not ${JSON.stringify(live)}::jsonb ? t.pool
      order by t.sweep_id, t.number limit ${limit}`);
    return rows.map((row) => ({
      trialId: String(row['id']),
      segment: Number(row['segment']),
      pool: String(row['pool']),
    }));
  }

  /** They wait in no pool again: no queue has a job of theirs any more. */
  async recall(trials: readonly TrialSegment[]): Promise<void> {
    if (trials.length === 0) return;
    await this.db.execute(sql`
      update trials t set pool = null, sent_segment = least(t.sent_segment, t.segment - 1)
      from jsonb_to_recordset(${JSON.stringify(trials)}::jsonb) as r("trialId" uuid, segment int, pool text)
      where t.id = r."trialId" and t.segment = r.segment and t.pool = r.pool
        and t.state = 'queued' and t.current_fence = 0`);
  }

  /** Notes that these are on the queue, whatever has become of them since, and what they take where that is known now. */
  async sent(trials: readonly (SentTrial & { readonly memoryBytes?: number | null })[]): Promise<void> {
    if (trials.length === 0) return;
    await this.db.execute(sql`
      with sent as (
        select r.* from jsonb_to_recordset(${JSON.stringify(trials)}::jsonb)
          as r("trialId" uuid, segment int, pool text, "memoryBytes" bigint)
      ), locked as (
        select t.id from trials t join sent on sent."trialId" = t.id order by t.id for update
      )
      update trials t set sent_segment = sent.segment, pool = sent.pool,
        memory_bytes = coalesce(sent."memoryBytes", t.memory_bytes)
      from sent join locked on locked.id = sent."trialId"
      where t.id = sent."trialId" and t.sent_segment < sent.segment`);
  }

  /** Queued trials of the sweep are to be given to the queue again: whether they are on it nobody knows. */
  async resend(sweepId: string): Promise<void> {
    await this.db.execute(sql`
      update trials set sent_segment = segment - 1
      where sweep_id = ${sweepId}::uuid and state = 'queued' and sent_segment = segment`);
  }

  /** The trial's job is gone: it is to have another of the same name. */
  async unsend(trialId: string): Promise<void> {
    await this.db.execute(sql`
      update trials set sent_segment = segment - 1 where id = ${trialId}::uuid and sent_segment = segment`);
  }

  /** Trials of sweeps that run, by owner and pool; one that has been in no pool counts to the one its sweep prefers. */
  async counts(): Promise<PoolCount[]> {
    const { rows } = await this.db.execute(sql`
      select coalesce(t.pool, s.spec #>> '{pools,0}', ${DEFAULT_POOL}) as pool, s.spec ->> 'owner' as owner,
        count(*) filter (where t.state = 'queued') as waiting, count(*) filter (where t.state = 'running') as running
      from sweeps s join trials t on t.sweep_id = s.id and t.state in ('queued', 'running')
      where s.state = ${running}
      group by 1, 2 order by 1, 2`);
    return rows.map((row) => ({
      pool: String(row['pool']),
      owner: String(row['owner']),
      waiting: Number(row['waiting']),
      running: Number(row['running']),
    }));
  }

  /** Sweeps that run, by owner. */
  async sweepsByOwner(): Promise<Map<string, number>> {
    const { rows } = await this.db.execute(
      sql`select spec ->> 'owner' as owner, count(*) as sweeps from sweeps where state = ${running} group by 1`,
    );
    return new Map(rows.map((row) => [String(row['owner']), Number(row['sweeps'])]));
  }

  private async candidates(
    asked: readonly Asked[],
    order: ReturnType<typeof sql.raw>,
  ): Promise<WaitingTrial[]> {
    if (asked.length === 0) return [];
    const { rows } = await this.db.execute(sql`
      select c.id, a."sweepId", c.pool, c.memory_bytes
      from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb)
        as a("sweepId" uuid, pools jsonb, "maxMemoryBytes" bigint, "limit" int)
      cross join lateral (
        select t.id, t.pool, t.memory_bytes from trials t
        where t.sweep_id = a."sweepId" and ${isWaiting} and (t.pool is null or a.pools ? t.pool)
          and (t.memory_bytes is null or a."maxMemoryBytes" is null or t.memory_bytes <= a."maxMemoryBytes")
        order by ${order} limit a."limit"
      ) c`);
    return rows.map((row) => ({
      trialId: String(row['id']),
      sweepId: String(row['sweepId']),
      pool: typeof row['pool'] === 'string' ? row['pool'] : null,
      memoryBytes: row['memory_bytes'] === null ? null : Number(row['memory_bytes']),
    }));
  }
}
