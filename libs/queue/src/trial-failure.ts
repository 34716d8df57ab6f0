import { trialIdOf } from './job-id';

/** A job that the queue will not hand out again. */
export interface FailedTrialJob {
  readonly trialId: string;
  /** invalid-data: it could not be read; handler: the handler said so, or threw errors. */
  readonly cause: 'invalid-data' | 'handler';
  readonly reason: string;
}

export const INVALID_DATA_PREFIX = 'invalid job data: ';

export function failureOf(jobId: string, reason: string): FailedTrialJob {
  return {
    trialId: trialIdOf(jobId),
    cause: reason.startsWith(INVALID_DATA_PREFIX) ? 'invalid-data' : 'handler',
    reason,
  };
}
