import {
  datasetSchema,
  epochMetricsSchema,
  stepMetricsSchema,
  trainingConfigSchema,
  type DatasetSpec,
  type EpochMetrics,
  type StepMetrics,
  type TrainingConfig,
} from '@fathom/contracts';
import { eq, sql } from 'drizzle-orm';
import type { Database } from '../database';
import { mergeAttempts, thin } from '../metric-history';
import type { MetricPoint } from '../records';
import { attempts, metricPoints } from '../schema';

/** The most step points a history answers with; a longer one is thinned evenly. */
export const MAX_STEP_POINTS = 2_000;

/** An epoch that was trained, with what it was trained on. */
export interface RecentEpoch {
  readonly dataset: DatasetSpec;
  readonly config: TrainingConfig;
  readonly metrics: EpochMetrics;
}

export class MetricRepository {
  constructor(private readonly db: Database) {}

  /** Points that are there already stay as they are. */
  async insert(points: readonly MetricPoint[]): Promise<void> {
    if (points.length === 0) return;
    await this.db.execute(sql`
      insert into metric_points (attempt_id, kind, step, values)
      select p."attemptId", p.kind, p.step, p.values
      from jsonb_to_recordset(${JSON.stringify(points)}::jsonb)
        as p("attemptId" uuid, kind text, step int, values jsonb)
      on conflict do nothing`);
  }

  /**
   * The last reported epoch of each of the newest trials that have ended: at the most 40 of each of the 50 newest
   * sweeps, and `limit` in all.
   */
  async recentEpochs(limit: number): Promise<RecentEpoch[]> {
    // Indices serve each step, so it stays as quick however many sweeps there were.
    const { rows } = await this.db.execute<Record<'dataset' | 'config' | 'values', unknown>>(sql`
      select s.spec -> 'dataset' as dataset, s.config || t.config as config, p.values
      from (select id, spec, config, created_at from sweeps order by created_at desc, id limit 50) s
      cross join lateral (
        select id, config, ended_at from trials
        where sweep_id = s.id and ended_at is not null order by ended_at desc limit 40) t
      cross join lateral (
        select id from attempts where trial_id = t.id order by fence desc limit 1) a
      cross join lateral (
        select values from metric_points
        where attempt_id = a.id and kind = 'epoch' order by step desc limit 1) p
      order by s.created_at desc, t.ended_at desc
      limit ${limit}`);
    return rows.map(({ dataset, config, values }) => ({
      dataset: datasetSchema.parse(dataset),
      config: trainingConfigSchema.parse(config),
      metrics: epochMetricsSchema.parse(values),
    }));
  }

  /** The trial's history over all attempts, in order of steps; where a later attempt did the work again, its numbers. */
  async history(trialId: string): Promise<{ epochs: EpochMetrics[]; steps: StepMetrics[] }> {
    const rows = await this.db
      .select({
        kind: metricPoints.kind,
        step: metricPoints.step,
        values: metricPoints.values,
        fence: attempts.fence,
      })
      .from(metricPoints)
      .innerJoin(attempts, eq(attempts.id, metricPoints.attemptId))
      .where(eq(attempts.trialId, trialId))
      .orderBy(attempts.fence, metricPoints.step);
    const ofKind = (kind: MetricPoint['kind']) => mergeAttempts(rows.filter((row) => row.kind === kind));
    return {
      epochs: ofKind('epoch').map((row) => epochMetricsSchema.parse(row.values)),
      steps: thin(ofKind('step'), MAX_STEP_POINTS).map((row) => stepMetricsSchema.parse(row.values)),
    };
  }
}
