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

const INSERT_BATCH = 5_000;
/** The most step points a history answers with; a longer one is thinned evenly. */
export const MAX_STEP_POINTS = 2_000;

export class MetricRepository {
  constructor(private readonly db: Database) {}

  /** Points that are there already stay as they are. */
  async insert(points: readonly MetricPoint[]): Promise<void> {
    for (let from = 0; from < points.length; from += INSERT_BATCH)
      await this.db
        .insert(metricPoints)
        .values(points.slice(from, from + INSERT_BATCH))
        .onConflictDoNothing();
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

  async count(): Promise<number> {
    const [row] = await this.db.select({ value: sql<number>`count(*)::int` }).from(metricPoints);
    return row?.value ?? 0;
  }
}
