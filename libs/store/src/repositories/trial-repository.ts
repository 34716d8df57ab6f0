import {
  trialStateSchema,
  type SweepState,
  type TrainJob,
  type TrainingConfig,
  type TrialCounts,
  type TrialPage,
  type TrialQuery,
  type TrialSegment,
  type TrialState,
  type TrialSummary,
} from '@fathom/contracts';
import { and, asc, count, eq, exists, gt, inArray, ne, notExists, or, sql, type SQL } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Database } from '../database';
import type { NewTrial, TrialOutcome, TrialRecord } from '../records';
import { toTrainJob, toTrialOutcome, toTrialRecord, toTrialSummary, toWholeTrial } from '../rows';
import { sweeps, trials } from '../schema';
import { donors, jobColumns } from './job-columns';
import { runningSweeps, tallyBy } from './sweep-repository';
import { insertTrials } from './insert-trials';
import { oneOf } from './one-of';
import { recordColumns, segmentColumns, summaryColumns, wholeConfig } from './trial-columns';
import { isResult, openStates, scheduledStates } from './trial-states';

export class TrialRepository {
  constructor(private readonly db: Database) {}

  insert(records: readonly NewTrial[]): Promise<void> {
    return insertTrials(this.db, records);
  }

  async records(sweepId: string, ids: readonly string[]): Promise<TrialRecord[]> {
    if (ids.length === 0) return [];
    // By id alone, or PostgreSQL goes through all trials of the sweep as well.
    const rows = await this.db.select(recordColumns).from(trials).where(oneOf(trials.id, ids));
    return rows.filter((row) => row.sweepId === sweepId).map(toTrialRecord);
  }

  async recordsByNumber(sweepId: string, numbers: readonly number[]): Promise<TrialRecord[]> {
    if (numbers.length === 0) return [];
    const rows = await this.db
      .select(recordColumns)
      .from(trials)
      .where(and(eq(trials.sweepId, sweepId), oneOf(trials.number, numbers)));
    return rows.map(toTrialRecord);
  }

  async recordsInStates(sweepId: string, states: readonly TrialState[]): Promise<TrialRecord[]> {
    const rows = await this.db
      .select(recordColumns)
      .from(trials)
      .where(and(eq(trials.sweepId, sweepId), inArray(trials.state, [...states])))
      .orderBy(trials.number);
    return rows.map(toTrialRecord);
  }

  /** Numbers of the trials that have had an attempt, ascending. */
  async begunNumbers(sweepId: string): Promise<number[]> {
    const rows = await this.db
      .select({ number: trials.number })
      .from(trials)
      .where(and(eq(trials.sweepId, sweepId), gt(trials.currentFence, 0)))
      .orderBy(trials.number);
    return rows.map(({ number }) => number);
  }

  /** Gives trials that have not begun another configuration. */
  async configure(
    sweepId: string,
    configs: readonly { readonly number: number; readonly config: TrainingConfig }[],
  ): Promise<void> {
    if (configs.length === 0) return;
    await this.db.execute(sql`
      update trials set config = r.config, depth = (r.config ->> 'depth')::int, variant = r.config ->> 'variant',
        epochs = (r.config ->> 'epochs')::int
      from jsonb_to_recordset(${JSON.stringify(configs)}::jsonb) as r(number int, config jsonb)
      where trials.sweep_id = ${sweepId}::uuid and trials.number = r.number`);
  }

  save(record: TrialRecord): Promise<void> {
    return this.saveAll([record]);
  }

  /**
   * One statement, however many there are. A trial that runs has been sent, whoever came to know of it first: the worker's
   * report may be here before the coordinator has noted that it gave the queue its job, or that may have been forgotten.
   */
  async saveAll(records: readonly TrialRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.db.execute(sql`
      update trials set
        state = r.state, epochs_done = r."epochsDone", objectives = r.objectives,
        objective = (r.objectives ->> 0)::float8, metrics = r.metrics, failure = r.failure, segment = r.segment,
        sent_segment = case when r.state = ${'running' satisfies TrialState} then r.segment else sent_segment end,
        until_epoch = r."untilEpoch", current_fence = r."currentFence", started_at = r."startedAt",
        ended_at = r."endedAt"
      from jsonb_to_recordset(${JSON.stringify(records)}::jsonb)
        as r(id uuid, state text, "epochsDone" int, objectives jsonb, metrics jsonb, failure jsonb, segment int,
          "untilEpoch" int, "currentFence" int, "startedAt" timestamptz, "endedAt" timestamptz)
      where trials.id = r.id`);
  }

  /** Whether a trial was trained to its end, or was stopped after an epoch that gave a number. */
  async hasResult(sweepId: string): Promise<boolean> {
    const rows = await this.db
      .select({ id: trials.id })
      .from(trials)
      .where(and(eq(trials.sweepId, sweepId), isResult))
      .limit(1);
    return rows.length > 0;
  }

  /** Cancels what has not ended yet; returns those trials as they are now. */
  async cancelOpen(sweepId: string, endedAt: Date): Promise<TrialRecord[]> {
    const rows = await this.db
      .update(trials)
      .set({ state: 'cancelled' satisfies TrialState, endedAt })
      .where(and(eq(trials.sweepId, sweepId), inArray(trials.state, openStates)))
      .returning(recordColumns);
    return rows.map(toTrialRecord).sort((a, b) => a.number - b.number);
  }

  /** Queued trials of the sweep that have been given to the queue, by number. */
  queued(sweepId: string): Promise<TrialSegment[]> {
    return this.sentSegmentsIn(sweepId, 'queued');
  }

  /**
   * Trials that were given to the queue and have not ended, by id, from `afterId` on. Of a paused sweep those that have not
   * been given back.
   */
  async scheduled(afterId: string | undefined, limit: number): Promise<TrialRecord[]> {
    const pausedSweep = this.db
      .select({ one: sql`1` })
      .from(sweeps)
      .where(and(eq(sweeps.id, trials.sweepId), eq(sweeps.state, 'paused' satisfies SweepState)));
    const rows = await this.db
      .select(recordColumns)
      .from(trials)
      .where(
        and(
          inArray(trials.state, scheduledStates),
          or(ne(trials.state, 'queued' satisfies TrialState), notExists(pausedSweep)),
          afterId === undefined ? undefined : gt(trials.id, afterId),
          eq(trials.sentSegment, trials.segment),
        ),
      )
      .orderBy(trials.id)
      .limit(limit);
    return rows.map(toTrialRecord);
  }

  /** Job data of those trials that ought to have a job: of no paused sweep. */
  async jobs(ids: readonly string[]): Promise<TrainJob[]> {
    if (ids.length === 0) return [];
    const rows = await this.db
      .select(jobColumns)
      .from(trials)
      .leftJoin(donors, and(eq(donors.sweepId, trials.sweepId), eq(donors.number, trials.fromTrial)))
      .where(and(oneOf(trials.id, ids), inArray(trials.state, scheduledStates)))
      .orderBy(trials.sweepId, trials.number);
    // Each is read once and not with each of its trials.
    const running = await runningSweeps(this.db, new Set(rows.map(({ sweepId }) => sweepId)));
    return rows.flatMap((row) => {
      const sweep = running.get(row.sweepId);
      return sweep ? [toTrainJob(row, sweep)] : [];
    });
  }

  /** What became of the trials after a number, by number. */
  async outcomes(sweepId: string, afterNumber: number, limit: number): Promise<TrialOutcome[]> {
    const { number, state, objectives } = trials;
    const rows = await this.db
      .select({ number, config: wholeConfig, state, objectives })
      .from(trials)
      .where(and(eq(trials.sweepId, sweepId), gt(trials.number, afterNumber)))
      .orderBy(trials.number)
      .limit(limit);
    return rows.map(toTrialOutcome);
  }

  /** Cancelled trials of the sweep that have been given to the queue, by number. */
  cancelledSegments(sweepId: string): Promise<TrialSegment[]> {
    return this.sentSegmentsIn(sweepId, 'cancelled');
  }

  private sentSegmentsIn(sweepId: string, state: TrialState): Promise<TrialSegment[]> {
    return this.db
      .select(segmentColumns)
      .from(trials)
      .where(
        and(eq(trials.sweepId, sweepId), eq(trials.state, state), eq(trials.sentSegment, trials.segment)),
      )
      .orderBy(trials.number);
  }

  /** The trials as they are to be taken off the queue; `isAwaited`: one that has not begun is to start from it. */
  async stoppedSegments(ids: readonly string[]): Promise<(TrialSegment & { readonly isAwaited: boolean })[]> {
    if (ids.length === 0) return [];
    const heir = alias(trials, 'heirs');
    const isWaiting = and(
      eq(heir.sweepId, trials.sweepId),
      eq(heir.fromTrial, trials.number),
      inArray(heir.state, scheduledStates),
      eq(heir.epochsDone, heir.fromEpoch),
    );
    const heirs = this.db
      .select({ one: sql`1` })
      .from(heir)
      .where(isWaiting);
    return this.db
      .select({ ...segmentColumns, isAwaited: sql<boolean>`${exists(heirs)}` })
      .from(trials)
      .where(oneOf(trials.id, ids));
  }

  async list(sweepId: string, query: TrialQuery): Promise<TrialPage> {
    const { state, limit, offset } = query;
    const where = and(eq(trials.sweepId, sweepId), state === undefined ? undefined : eq(trials.state, state));
    const rows = await this.db
      .select(summaryColumns)
      .from(trials)
      .where(where)
      .orderBy(sortKey(query), asc(trials.number))
      .limit(limit)
      .offset(offset);
    const [total] = await this.db.select({ value: count() }).from(trials).where(where);
    return {
      items: rows.map((row) => toTrialSummary(row.trial, row)),
      total: total?.value ?? 0,
      limit,
      offset,
    };
  }

  async summary(id: string): Promise<TrialSummary | undefined> {
    const [row] = await this.db.select(summaryColumns).from(trials).where(eq(trials.id, id));
    return row && toWholeTrial(row.trial, row);
  }

  async countsByState(): Promise<TrialCounts> {
    const rows = await this.db
      .select({ state: trials.state, value: count() })
      .from(trials)
      .groupBy(trials.state);
    return tallyBy(trialStateSchema.options, rows);
  }
}

/** What has no value for the key comes last in either order. */
function sortKey({ sort, order }: TrialQuery): SQL {
  const columns = {
    number: trials.number,
    objective: trials.objective,
    depth: trials.depth,
    endedAt: trials.endedAt,
  } as const;
  const direction = order === 'asc' ? sql`asc` : sql`desc`;
  return sql`${columns[sort]} ${direction} nulls last`;
}
