import { QueueEvents } from 'bullmq';
import { patientOptions } from './connection';
import { BULLMQ_PREFIX, TRIALS_QUEUE } from './keys';
import { errorListener, type QueueLog } from './log';
import { failureOf, type FailedTrialJob } from './trial-failure';

export interface FailedTrialListenerOptions {
  readonly redisUrl: string;
  readonly log: QueueLog;
  /** A rejection is logged; `forEachFailedTrial` finds the job again. */
  readonly onFailed: (failed: FailedTrialJob) => Promise<void>;
}

export interface FailedTrialListener {
  /** Settles when it is listening. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/**
 * Tells of every job that has failed for good, also those that no worker reported because it vanished. Events of the
 * time in which nobody listened are not repeated: visit `forEachFailedTrial` after a start.
 */
export function onTrialJobFailed(options: FailedTrialListenerOptions): FailedTrialListener {
  const { redisUrl, log, onFailed } = options;
  const events = new QueueEvents(TRIALS_QUEUE, {
    connection: patientOptions(redisUrl, 'fathom-failed-trials'),
    prefix: BULLMQ_PREFIX,
  });
  events.on('error', errorListener(log, 'trial events'));
  events.on('failed', ({ jobId, failedReason }) => {
    onFailed(failureOf(jobId, failedReason)).catch((error: unknown) =>
      log.warn({ error, jobId }, 'a failed job could not be taken note of'),
    );
  });
  return { ready: events.waitUntilReady().then(() => undefined), close: () => events.close() };
}
