import { z } from 'zod';
import { attemptMemoSchema } from './attempt-memo';
import { failureSchema } from './failure';

const finite = z.number();

/** Measured after a number of optimiser steps, at most once a second. */
export const stepMetricsSchema = z
  .strictObject({
    step: z.int().min(1).describe('Optimiser steps done since the trial began.'),
    epoch: z.number().min(0).describe('Epochs done, with fraction.'),
    loss: finite.describe('Mean training loss of the steps since the last report.'),
    accuracy: z.number().min(0).max(1).describe('Training accuracy of the same steps.'),
    learningRate: finite,
    imagesPerSecond: z.number().min(0),
    stepSeconds: z.number().min(0).describe('Mean seconds per step.'),
  })
  .meta({ id: 'StepMetrics' });
export type StepMetrics = z.infer<typeof stepMetricsSchema>;

/** Measured at the end of each epoch. Errors are 1 - accuracy. */
export const epochMetricsSchema = z
  .strictObject({
    epoch: z.int().min(1),
    step: z.int().min(1),
    trainLoss: finite,
    trainError: z.number().min(0).max(1),
    validationLoss: finite,
    validationError: z.number().min(0).max(1),
    learningRate: finite,
    seconds: z.number().min(0).describe('Wall-clock seconds of the epoch, validation included.'),
    imagesPerSecond: z
      .number()
      .min(0)
      .describe('Training images per second of the epoch, validation included.'),
    trainSeconds: z.number().min(0).describe('Seconds of training over all attempts so far.'),
    parameters: z.int().min(1).describe('Trainable numbers of the network.'),
  })
  .meta({ id: 'EpochMetrics' });
export type EpochMetrics = z.infer<typeof epochMetricsSchema>;

/** Measured once, after the last epoch, on the test set. */
export const finalMetricsSchema = z
  .strictObject({
    ...epochMetricsSchema.shape,
    testLoss: finite,
    testError: z.number().min(0).max(1),
    testTop5Error: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .optional()
      .describe(
        'Share of test images whose class is not among the five likeliest; null for up to five classes.',
      ),
    classAccuracy: z
      .array(z.number().min(0).max(1))
      .optional()
      .describe('Accuracy on the test images of each class, in the order of the classes.'),
    confusion: z
      .array(z.array(z.int().min(0)))
      .optional()
      .describe('Test images of class i (row) that were taken for class j; absent from 101 classes on.'),
  })
  .meta({ id: 'FinalMetrics' });
export type FinalMetrics = z.infer<typeof finalMetricsSchema>;

const envelope = {
  sweepId: z.uuid(),
  trialId: z.uuid(),
  attemptId: z.uuid(),
  /** Grows with every attempt of the trial; a report below the trial's current fence changes nothing. */
  fence: z.int().min(1),
  /** Of the job; a report of another segment than the trial's current one changes nothing either. */
  segment: z.int().min(0).default(0),
  at: z.iso.datetime(),
};

/** What workers put on the report stream. Each is idempotent: the same report twice has the effect of one. */
export const reportSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('attemptStarted'),
    ...envelope,
    workerId: z.string(),
    device: z.string(),
    microBatch: z.int().min(1).optional().describe('Images in memory at once.'),
  }),
  z.strictObject({ type: z.literal('stepReported'), ...envelope, metrics: stepMetricsSchema }),
  z.strictObject({ type: z.literal('epochReported'), ...envelope, metrics: epochMetricsSchema }),
  z.strictObject({ type: z.literal('attemptCompleted'), ...envelope, metrics: finalMetricsSchema }),
  /** It has got to the epoch at which it was to pause, and has a checkpoint. */
  z.strictObject({ type: z.literal('attemptPaused'), ...envelope, metrics: epochMetricsSchema }),
  z.strictObject({
    type: z.literal('attemptFailed'),
    ...envelope,
    failure: failureSchema,
    willRetry: z.boolean().describe('The queue will hand the trial out again.'),
    memo: attemptMemoSchema.optional().describe('What the next attempt is to know.'),
  }),
  /** A checkpoint is left for whoever goes on with the trial. */
  z.strictObject({
    type: z.literal('attemptInterrupted'),
    ...envelope,
    reason: z.string(),
    willRequeue: z
      .boolean()
      .default(true)
      .describe(
        'The queue will hand the trial out again; otherwise its job has ended and the next is another.',
      ),
  }),
  z.strictObject({ type: z.literal('attemptCancelled'), ...envelope }),
  /** It was told that the search has ended the trial. */
  z.strictObject({ type: z.literal('attemptStopped'), ...envelope }),
]);
export type Report = z.infer<typeof reportSchema>;
export type ReportType = Report['type'];
