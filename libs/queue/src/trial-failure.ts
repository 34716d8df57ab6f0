import { trialIdOf } from './job-id';

/** A job that the queue will not hand out again. */
export interface FailedTrialJob {
  readonly trialId: string;
  /**
   * lost: its workers vanished too often; invalid-data: it could not be read; handler: the handler said so, or its
   * attempts are used up.
   */
  readonly cause: 'lost' | 'invalid-data' | 'handler';
  readonly reason: string;
}

/** BullMQ's words for a job whose lock ran out more than `maxStalledCount` times. */
const STALLED = 'job stalled more than allowable limit';
export const INVALID_DATA_PREFIX = 'invalid job data: ';

export function failureOf(jobId: string, reason: string): FailedTrialJob {
  const trialId = trialIdOf(jobId);
  if (reason === STALLED)
    return { trialId, cause: 'lost', reason: 'the workers that had this trial vanished too often' };
  return { trialId, cause: reason.startsWith(INVALID_DATA_PREFIX) ? 'invalid-data' : 'handler', reason };
}
