import {
  epochMetricsSchema,
  stepMetricsSchema,
  type EpochMetrics,
  type StepMetrics,
} from '@fathom/contracts';
import { eq, sql } from 'drizzle-orm';
import type { Database } from '../database';
import { mergeAttempts, thin } from '../metric-history';
import type { MetricPoint } from '../records';
import { attempts, metricPoints } from '../schema';

/** The most step points a history answers with; a longer one is thinned evenly. */
export const MAX_STEP_POINTS = 2_000;

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
