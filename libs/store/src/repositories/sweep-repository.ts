import {
  isTrialEnded,
  sharedConfigSchema,
  sweepSpecSchema,
  sweepStateSchema,
  trialStateSchema,
  type EndedSweepState,
  type SweepDetail,
  type SweepPage,
  type SweepQuery,
  type SweepState,
  type SweepSpec,
  type SweepSummary,
  type TrialCounts,
  type TrialSummary,
} from '@fathom/contracts';
import { and, count, desc, eq, inArray, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../database';
import { groupBy } from '../group-by';
import { sweepProgress } from '../progress';
import type { NewSweep, SweepRecord } from '../records';
import { toIso, toIsoOrNull, toSweepOfJobs, toSweepRecord, toTrialSummary, type SweepOfJobs } from '../rows';
import { sweeps, trials } from '../schema';
import { summaryColumns } from './trial-columns';
import { resultStates } from './trial-states';

const { id, name, state, reason, spec, plannedTrials, createdAt, endedAt } = sweeps;
/** Without the snapshot of the search, which can be long. */
const shownColumns = { id, name, state, reason, spec, plannedTrials, createdAt, endedAt };
type SweepRow = Pick<typeof sweeps.$inferSelect, keyof typeof shownColumns>;

interface Tally {
  readonly counts: TrialCounts;
  readonly createdEpochs: number;
  readonly settledEpochs: number;
}

export class SweepRepository {
  constructor(private readonly db: Database) {}

  async insert(sweep: NewSweep): Promise<void> {
    await this.db.insert(sweeps).values({
      ...sweep,
      name: sweep.spec.name,
      config: sharedConfigSchema.parse(sweep.spec.recipe),
      state: 'running' satisfies SweepState,
    });
  }

  /** Reads the sweep and keeps others from changing it or its trials until the transaction ends. */
  async lock(id: string): Promise<SweepRecord | undefined> {
    const [row] = await this.selectRecord(id).for('update');
    return row && toSweepRecord(row);
  }

  async record(id: string): Promise<SweepRecord | undefined> {
    const [row] = await this.selectRecord(id);
    return row && toSweepRecord(row);
  }

  async end(id: string, state: EndedSweepState, reason: string, endedAt: Date): Promise<void> {
    await this.db.update(sweeps).set({ state, reason, endedAt, pausedAt: null }).where(eq(sweeps.id, id));
  }

  async extend(id: string, spec: SweepSpec, plannedTrials: number): Promise<void> {
    await this.db.update(sweeps).set({ spec, plannedTrials }).where(eq(sweeps.id, id));
  }

  async pause(id: string, reason: string, pausedAt: Date): Promise<void> {
    const state: SweepState = 'paused';
    await this.db.update(sweeps).set({ state, reason, pausedAt }).where(eq(sweeps.id, id));
  }

  /** It runs again, after a pause or after its end; the time in between does not count as its own. */
  async resume(id: string, now: Date): Promise<void> {
    const away = sql<number>`extract(epoch from ${now.toISOString()}::timestamptz
      - coalesce(${sweeps.pausedAt}, ${sweeps.endedAt}, ${now.toISOString()}::timestamptz))`;
    const pausedSeconds = sql<number>`${sweeps.pausedSeconds} + greatest(0, ${away})`;
    const state: SweepState = 'running';
    await this.db
      .update(sweeps)
      .set({ state, reason: null, pausedAt: null, endedAt: null, pausedSeconds })
      .where(eq(sweeps.id, id));
  }

  async state(id: string): Promise<SweepState | undefined> {
    const [row] = await this.db.select({ state: sweeps.state }).from(sweeps).where(eq(sweeps.id, id));
    return row && sweepStateSchema.parse(row.state);
  }

  /** Newest first. */
  async list(query: SweepQuery): Promise<SweepPage> {
    const { state, limit, offset } = query;
    const where = state === undefined ? undefined : eq(sweeps.state, state);
    const rows = await this.db
      .select(shownColumns)
      .from(sweeps)
      .where(where)
      .orderBy(desc(sweeps.createdAt), sweeps.id)
      .limit(limit)
      .offset(offset);
    const [total] = await this.db.select({ value: count() }).from(sweeps).where(where);
    return { items: await this.summaries(rows), total: total?.value ?? 0, limit, offset };
  }

  async detail(id: string): Promise<SweepDetail | undefined> {
    const rows = await this.db.select(shownColumns).from(sweeps).where(eq(sweeps.id, id));
    const [summary] = await this.summaries(rows);
    const [row] = rows;
    return summary && row && { ...summary, spec: sweepSpecSchema.parse(row.spec) };
  }

  async countsByState(): Promise<Record<SweepState, number>> {
    const rows = await this.db
      .select({ state: sweeps.state, value: count() })
      .from(sweeps)
      .groupBy(sweeps.state);
    return tallyBy(sweepStateSchema.options, rows);
  }

  /** Running sweeps over a limit of their budget. Device time is that of all attempts, those that run included. */
  async overBudget(now: Date): Promise<{ id: string; limit: 'maxWallClockSeconds' | 'maxDeviceHours' }[]> {
    const running: SweepState = 'running';
    const { rows } = await this.db.execute(sql`
      with clock as (select ${now.toISOString()}::timestamptz as now),
      used as (
        select s.id,
          extract(epoch from clock.now - s.created_at) - s.paused_seconds
            > (s.spec -> 'budget' ->> 'maxWallClockSeconds')::float8 as is_old,
          (
            select sum(greatest(0, extract(epoch from coalesce(a.ended_at, clock.now) - a.started_at))) / 3600
            from trials t join attempts a on a.trial_id = t.id where t.sweep_id = s.id
          ) >= (s.spec -> 'budget' ->> 'maxDeviceHours')::float8 as is_long
        from sweeps s, clock
        where s.state = ${running}
          and (s.spec -> 'budget' ?| array['maxWallClockSeconds', 'maxDeviceHours'])
      )
      select id, is_old from used where is_old or is_long`);
    return rows.map((row) => ({
      id: String(row['id']),
      limit: row['is_old'] === true ? 'maxWallClockSeconds' : 'maxDeviceHours',
    }));
  }

  private selectRecord(id: string) {
    const { state, spec, searchEvent, traceparent } = sweeps;
    return this.db
      .select({ id: sweeps.id, state, spec, searchEvent, traceparent })
      .from(sweeps)
      .where(eq(sweeps.id, id));
  }

  private async summaries(rows: readonly SweepRow[]): Promise<SweepSummary[]> {
    const ids = rows.map((row) => row.id);
    if (ids.length === 0) return [];
    const tallies = await this.tallies(ids);
    const best = await this.best(ids);
    return rows.map((row) => {
      const { counts, createdEpochs, settledEpochs } = tallies.get(row.id) ?? emptyTally();
      const state = sweepStateSchema.parse(row.state);
      const createdTrials = Object.values(counts).reduce((sum, n) => sum + n, 0);
      const { plannedTrials } = row;
      return {
        id: row.id,
        name: row.name,
        state,
        reason: row.reason,
        plannedTrials,
        trials: counts,
        progress: sweepProgress(state, { plannedTrials, createdTrials, createdEpochs, settledEpochs }),
        best: best.get(row.id) ?? null,
        createdAt: toIso(row.createdAt),
        endedAt: toIsoOrNull(row.endedAt),
      };
    });
  }

  private async tallies(ids: readonly string[]): Promise<Map<string, Tally>> {
    const rows = await this.db
      .select({
        sweepId: trials.sweepId,
        state: trials.state,
        value: count(),
        epochs: sql<number>`sum(${trials.epochs})::float8`,
        done: sql<number>`sum(least(${trials.epochsDone}, ${trials.epochs}))::float8`,
      })
      .from(trials)
      .where(inArray(trials.sweepId, [...ids]))
      .groupBy(trials.sweepId, trials.state);
    const bySweep = groupBy(rows, (row) => row.sweepId);
    return new Map(
      [...bySweep].map(([id, group]) => [
        id,
        {
          counts: tallyBy(trialStateSchema.options, group),
          createdEpochs: group.reduce((sum, row) => sum + row.epochs, 0),
          settledEpochs: group.reduce(
            (sum, row) => sum + (isTrialEnded(trialStateSchema.parse(row.state)) ? row.epochs : row.done),
            0,
          ),
        },
      ]),
    );
  }

  /** One that was stopped is the best only where none was trained to its end. */
  private async best(ids: readonly string[]): Promise<Map<string, TrialSummary>> {
    const isMaximized = sql`s.spec #>> '{objective,goal}' = 'maximize'`;
    const first = (condition: SQL, order: SQL) => sql`(
      select t.id from trials t
      where t.sweep_id = s.id and t.state = result.state and t.objective is not null and ${condition}
      order by ${order}, t.number limit 1)`;
    const { rows: found } = await this.db.execute(sql`
      select b.id from sweeps s cross join lateral (
        select t.id from unnest(${sql.param(resultStates)}::text[]) with ordinality as result(state, rank)
        cross join lateral (
          ${first(sql`not (${isMaximized})`, sql`t.objective`)} union all ${first(isMaximized, sql`t.objective desc`)}
        ) t order by result.rank limit 1
      ) b where s.id = any(${sql.param(ids)}::uuid[])`);
    if (found.length === 0) return new Map();
    const bestIds = found.map((row) => String(row['id']));
    const rows = await this.db.select(summaryColumns).from(trials).where(inArray(trials.id, bestIds));
    return new Map(rows.map((row) => [row.trial.sweepId, toTrialSummary(row.trial, row)]));
  }
}

const emptyTally = (): Tally => ({
  counts: tallyBy(trialStateSchema.options, []),
  createdEpochs: 0,
  settledEpochs: 0,
});

/** Every state with its number of rows, zeroes included. */
export function tallyBy<S extends string>(
  states: readonly S[],
  rows: readonly { state: string; value: number }[],
): Record<S, number> {
  const counted = new Map(rows.map((row) => [row.state, row.value]));
  return Object.fromEntries(states.map((state) => [state, counted.get(state) ?? 0])) as Record<S, number>;
}

/** What the jobs of trials have of their sweeps; of those that do not run, nothing. */
export async function runningSweeps(
  db: Database,
  ids: ReadonlySet<string>,
): Promise<Map<string, SweepOfJobs>> {
  if (ids.size === 0) return new Map();
  const rows = await db
    .select({ id: sweeps.id, spec: sweeps.spec, config: sweeps.config, traceparent: sweeps.traceparent })
    .from(sweeps)
    .where(and(inArray(sweeps.id, [...ids]), eq(sweeps.state, 'running' satisfies SweepState)));
  return new Map(rows.map((row) => [row.id, toSweepOfJobs(row)]));
}
