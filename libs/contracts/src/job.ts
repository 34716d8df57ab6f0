import { z } from 'zod';
import { datasetSchema } from './dataset';
import { exclusionSchema, logPoliciesSchema } from './log-policy';
import { DEFAULT_POOL, poolSchema } from './pool';
import { retryHistorySchema } from './retry';
import { trainingConfigSchema } from './training-config';

export const MAX_SWEEP_PRIORITY = 100;
/** One for each epoch that a trial can have. */
export const MAX_PRIORITY = 10_000;

export const trainJobSchema = z.strictObject({
  sweepId: z.uuid(),
  sweepName: z.string(),
  trialId: z.uuid(),
  trialNumber: z.int().min(1),
  config: trainingConfigSchema,
  dataset: datasetSchema,
  /** How often the trial was resumed from a pause before; every segment is a job of its own. */
  segment: z.int().min(0).default(0),
  /** Of the workers that may take it; every pool has a queue of its own. */
  pool: poolSchema.default(DEFAULT_POOL),
  /** Bytes that its training is predicted to take at its peak. Absent: nobody knows. */
  memoryBytes: z.int().min(0).optional(),
  /** Pause after this many epochs of the trial. Absent: train to the end. */
  untilEpoch: z.int().min(1).optional(),
  /**
   * Where the weights come from while the trial has no checkpoint of its own: another trial of the sweep, as it was
   * when it paused after the epoch.
   */
  startFrom: z.strictObject({ trialId: z.uuid(), epoch: z.int().min(1) }).optional(),
  /** Whether other trials may start from this one's pauses, so that their checkpoints have to be kept. */
  keepPauses: z.boolean().default(false),
  /** Of its sweep: jobs of a higher one are taken first. */
  sweepPriority: z.int().min(0).max(MAX_SWEEP_PRIORITY).default(0),
  /** Among those of the same sweep priority, jobs of a higher priority are taken first. */
  priority: z.int().min(0).max(MAX_PRIORITY).default(0),
  /**
   * Attempts the trial had before this job was made, those of earlier segments included. An attempt's fence is fenceBase + the job's own count of
   * starts, so that fences keep growing when a job that Redis lost is enqueued again.
   */
  fenceBase: z.int().min(0).optional(),
  /** Images in memory at once, where an attempt before ran out of memory. Absent: what the configuration says. */
  microBatch: z.int().min(1).optional(),
  /** Of the attempts before; the worker that gives the job back writes it. */
  retries: retryHistorySchema.optional(),
  /** Of its sweep. */
  logPolicies: logPoliciesSchema.optional(),
  /** Of the span that its attempts are a part of (W3C Trace Context). Absent: it is not traced. */
  traceparent: z.string().optional(),
  /** Machines that are not to train it any more. */
  exclusions: z.array(exclusionSchema).optional(),
});
export type TrainJob = z.infer<typeof trainJobSchema>;

/** What has a job of its own on the queue: one segment of a trial. */
export type TrialSegment = Pick<TrainJob, 'trialId' | 'segment' | 'pool'>;

/** Every job there is: its name and the schema of its data. The queue's types demand a handler for each. */
export const jobCatalog = { train: trainJobSchema } as const;
export type JobName = keyof typeof jobCatalog;
export type JobData<N extends JobName> = z.infer<(typeof jobCatalog)[N]>;
