import { z } from 'zod';
import { exclusionSchema } from './log-policy';
import { retryHistorySchema } from './retry';

/** What the attempt after a failed one is to know, whichever job it has. */
export const attemptMemoSchema = z.strictObject({
  retries: retryHistorySchema.optional(),
  /** Machines that are not to train the trial any more. */
  exclusions: z.array(exclusionSchema).optional(),
  /** Images in memory at once. Absent: as many as before. */
  microBatch: z.int().min(1).optional(),
});
export type AttemptMemo = z.infer<typeof attemptMemoSchema>;

/** For a job that is another than the one before: workers that vanish with it are counted from none. */
export const forAnotherJob = ({ retries, ...memo }: AttemptMemo): AttemptMemo =>
  retries === undefined ? memo : { ...memo, retries: { ...retries, losses: 0 } };
