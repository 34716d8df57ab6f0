import { failureClassSchema, type FailureClass, type TrialState } from '@fathom/contracts';
import { and, eq, gt, inArray, or, sql } from 'drizzle-orm';
import type { Database } from '../database';
import { trials } from '../schema';

export interface FailureTally {
  readonly class: FailureClass;
  readonly trials: number;
  /** Of the first of them. */
  readonly message: string;
}

/** Questions about the failures of a sweep. */
export class FailureRepository {
  constructor(private readonly db: Database) {}

  /** Whether any trial has got to the end of an epoch. */
  async hasProgress(sweepId: string): Promise<boolean> {
    const further: TrialState[] = ['completed', 'stopped', 'paused'];
    const rows = await this.db
      .select({ id: trials.id })
      .from(trials)
      .where(and(eq(trials.sweepId, sweepId), or(gt(trials.epochsDone, 0), inArray(trials.state, further))))
      .limit(1);
    return rows.length > 0;
  }

  /** The failed and diverged trials by class, the commonest first. */
  async byClass(sweepId: string): Promise<FailureTally[]> {
    const failed: TrialState[] = ['failed', 'diverged'];
    const failureClass = sql<string>`${trials.failure} ->> 'class'`;
    const rows = await this.db
      .select({
        class: failureClass,
        trials: sql<number>`count(*)::int`,
        message: sql<string>`(array_agg(${trials.failure} ->> 'message' order by ${trials.number}))[1]`,
      })
      .from(trials)
      .where(
        and(eq(trials.sweepId, sweepId), inArray(trials.state, failed), sql`${trials.failure} is not null`),
      )
      .groupBy(failureClass)
      .orderBy(sql`count(*) desc`, failureClass);
    return rows.map((row) => ({ ...row, class: failureClassSchema.parse(row.class) }));
  }
}
