import {
  DEFAULT_POOL,
  isTrialEnded,
  isTrialScheduled,
  trialStateSchema,
  type TrialState,
} from '@fathom/contracts';
import { and, inArray, sql } from 'drizzle-orm';
import { trials } from '../schema';

export const scheduledStates = trialStateSchema.options.filter(isTrialScheduled);
export const openStates = trialStateSchema.options.filter((state) => !isTrialEnded(state));

/** Of the trials that a sweep may be judged by: trained to their end, or stopped after an epoch that gave a number. */
export const isResult = and(
  inArray(trials.state, ['completed', 'stopped'] satisfies TrialState[]),
  sql`${trials.objective} is not null`,
);

/** What has a job of its own on the queue. */
export const segmentColumns = {
  trialId: trials.id,
  segment: trials.segment,
  pool: sql<string>`coalesce(${trials.pool}, ${DEFAULT_POOL})`,
};
