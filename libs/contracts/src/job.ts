import { z } from 'zod';
import { datasetSchema } from './dataset';
import { trainingConfigSchema } from './training-config';

export const trainJobSchema = z.strictObject({
  sweepId: z.uuid(),
  sweepName: z.string(),
  trialId: z.uuid(),
  trialNumber: z.int().min(1),
  config: trainingConfigSchema,
  dataset: datasetSchema,
  /**
   * Attempts the trial had before this job was made. An attempt's fence is fenceBase + the job's own count of
   * starts, so that fences keep growing when a job that Redis lost is enqueued again.
   */
  fenceBase: z.int().min(0).optional(),
});
export type TrainJob = z.infer<typeof trainJobSchema>;

/** Every job there is: its name and the schema of its data. The queue's types demand a handler for each. */
export const jobCatalog = { train: trainJobSchema } as const;
export type JobName = keyof typeof jobCatalog;
export type JobData<N extends JobName> = z.infer<(typeof jobCatalog)[N]>;
