import {
  trialStateSchema,
  type DepthTable,
  type TrainJob,
  type TrialCounts,
  type TrialPage,
  type TrialQuery,
  type TrialState,
  type TrialSummary,
} from '@fathom/contracts';
import {
  and,
  asc,
  count,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  notExists,
  sql,
  type SQL,
} from 'drizzle-orm';
import type { Database } from '../database';
import type { NewTrial, TrialRecord } from '../records';
import { toDepthTable, toTrainJob, toTrialRecord, toTrialSummary, toWholeTrial } from '../rows';
import { outbox, sweeps, trials } from '../schema';
import { attemptCount } from './attempt-repository';
import { tallyBy } from './sweep-repository';

const openStates: TrialState[] = ['queued', 'running'];

export class TrialRepository {
  constructor(private readonly db: Database) {}

  /** One statement with one parameter: ten thousand rows of placeholders would keep the event loop for seconds. */
  async insert(records: readonly NewTrial[]): Promise<void> {
    if (records.length === 0) return;
    const state: TrialState = 'queued';
    await this.db.execute(sql`
      insert into trials (id, sweep_id, number, state, config, depth, variant, epochs, created_at)
      select r.id, r."sweepId", r.number, ${state}, r.config,
        (r.config ->> 'depth')::int, r.config ->> 'variant', (r.config ->> 'epochs')::int, r."createdAt"
      from jsonb_to_recordset(${JSON.stringify(records)}::jsonb)
        as r(id uuid, "sweepId" uuid, number int, config jsonb, "createdAt" timestamptz)`);
  }

  async records(sweepId: string, ids: readonly string[]): Promise<TrialRecord[]> {
    if (ids.length === 0) return [];
    const rows = await this.db
      .select()
      .from(trials)
      .where(and(eq(trials.sweepId, sweepId), inArray(trials.id, [...ids])));
    return rows.map(toTrialRecord);
  }

  async save(record: TrialRecord): Promise<void> {
    const { id, state, epochsDone, objective, metrics, failure, currentFence, startedAt, endedAt } = record;
    await this.db
      .update(trials)
      .set({ state, epochsDone, objective, metrics, failure, currentFence, startedAt, endedAt })
      .where(eq(trials.id, id));
  }

  async hasCompleted(sweepId: string): Promise<boolean> {
    const rows = await this.db
      .select({ id: trials.id })
      .from(trials)
      .where(and(eq(trials.sweepId, sweepId), eq(trials.state, 'completed' satisfies TrialState)))
      .limit(1);
    return rows.length > 0;
  }

  /** Cancels what has not ended yet; returns those trials as they are now. */
  async cancelOpen(sweepId: string, endedAt: Date): Promise<TrialRecord[]> {
    const rows = await this.db
      .update(trials)
      .set({ state: 'cancelled' satisfies TrialState, endedAt })
      .where(and(eq(trials.sweepId, sweepId), inArray(trials.state, openStates)))
      .returning();
    return rows.map(toTrialRecord).sort((a, b) => a.number - b.number);
  }

  /** Trials that have not ended and that the outbox is not about to enqueue, by id, from `afterId` on. */
  async open(afterId: string | undefined, limit: number): Promise<TrialRecord[]> {
    const pending = this.db
      .select({ one: sql`1` })
      .from(outbox)
      .where(eq(outbox.trialId, trials.id));
    const rows = await this.db
      .select()
      .from(trials)
      .where(
        and(
          inArray(trials.state, openStates),
          afterId === undefined ? undefined : gt(trials.id, afterId),
          notExists(pending),
        ),
      )
      .orderBy(trials.id)
      .limit(limit);
    return rows.map(toTrialRecord);
  }

  /** Job data of those trials that have not ended. */
  async jobs(ids: readonly string[]): Promise<TrainJob[]> {
    if (ids.length === 0) return [];
    const rows = await this.db
      .select({
        trialId: trials.id,
        sweepId: trials.sweepId,
        trialNumber: trials.number,
        config: trials.config,
        fenceBase: trials.currentFence,
        spec: sweeps.spec,
      })
      .from(trials)
      .innerJoin(sweeps, eq(sweeps.id, trials.sweepId))
      .where(and(inArray(trials.id, [...ids]), inArray(trials.state, openStates)))
      .orderBy(trials.sweepId, trials.number);
    return rows.map(toTrainJob);
  }

  async cancelledIds(sweepId: string): Promise<string[]> {
    const rows = await this.db
      .select({ id: trials.id })
      .from(trials)
      .where(and(eq(trials.sweepId, sweepId), eq(trials.state, 'cancelled' satisfies TrialState)));
    return rows.map((row) => row.id);
  }

  async list(sweepId: string, query: TrialQuery): Promise<TrialPage> {
    const { state, limit, offset } = query;
    const where = and(eq(trials.sweepId, sweepId), state === undefined ? undefined : eq(trials.state, state));
    const rows = await this.db
      .select({ trial: getTableColumns(trials), attempts: attemptCount })
      .from(trials)
      .where(where)
      .orderBy(sortKey(query), asc(trials.number))
      .limit(limit)
      .offset(offset);
    const [total] = await this.db.select({ value: count() }).from(trials).where(where);
    return {
      items: rows.map((row) => toTrialSummary(row.trial, row.attempts)),
      total: total?.value ?? 0,
      limit,
      offset,
    };
  }

  async summary(id: string): Promise<TrialSummary | undefined> {
    const [row] = await this.db
      .select({ trial: getTableColumns(trials), attempts: attemptCount })
      .from(trials)
      .where(eq(trials.id, id));
    return row && toWholeTrial(row.trial, row.attempts);
  }

  async depthTable(sweepId: string): Promise<DepthTable> {
    const metric = (name: string) => sql`(${trials.metrics} ->> ${sql.raw(`'${name}'`)})::float8`;
    const rows = await this.db
      .select({
        depth: trials.depth,
        variant: trials.variant,
        trials: count(),
        meanTestError: sql<number>`avg(${metric('testError')})`,
        stdTestError: sql<number | null>`stddev_samp(${metric('testError')})`,
        meanValidationError: sql<number>`avg(${metric('validationError')})`,
        meanTrainSeconds: sql<number>`avg(${metric('trainSeconds')})`,
        parameters: sql<number>`round(avg(${metric('parameters')}))`,
      })
      .from(trials)
      .where(
        and(
          eq(trials.sweepId, sweepId),
          eq(trials.state, 'completed' satisfies TrialState),
          sql`${trials.metrics} is not null`,
        ),
      )
      .groupBy(trials.depth, trials.variant)
      .orderBy(trials.depth, desc(trials.variant));
    return toDepthTable(rows);
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
