import {
  failureRules,
  halfMicroBatch,
  microBatchOf,
  retryDelay,
  withFailure,
  type Failure,
  type RetryHistory,
  type TrainJob,
} from '@fathom/contracts';

/** What follows a failure: another attempt after the delay with this job, or none. */
export type Verdict = { readonly failure: Failure } & (
  { readonly again: true; readonly delayMs: number; readonly job: TrainJob } | { readonly again: false }
);

/**
 * By the table of failure classes. The worker that has the job decides, for it holds the lease: what it says of the
 * failure and what it does with the job are one.
 *
 * @param history as the attempt found it
 */
export function verdictOn(failure: Failure, job: TrainJob, history: RetryHistory): Verdict {
  const retries = withFailure(history, failure.class);
  const delay = retryDelay(retries, failure.class);
  if (delay === undefined) return { again: false, failure };
  const again = { again: true, delayMs: delay * 1000 } as const;
  switch (failureRules[failure.class].next) {
    case 'same':
      return { ...again, failure, job: { ...job, retries } };
    case 'half-micro-batch': {
      const microBatch = halfMicroBatch(job.config, job.microBatch);
      const now = job.microBatch ?? microBatchOf(job.config);
      if (microBatch === undefined)
        return {
          again: false,
          failure: adding(failure, `a micro-batch of ${now} images is not halved any further`),
        };
      const next = `the next attempt has ${microBatch} images of a batch in memory at once instead of ${now}`;
      return { ...again, failure: adding(failure, next), job: { ...job, retries, microBatch } };
    }
  }
}

const adding = (failure: Failure, what: string): Failure => ({
  ...failure,
  message: `${failure.message.slice(0, 3_800)}; ${what}`,
});
