import { z } from 'zod';

/** A predicted quantity; nine times in ten it is between low and high. */
export const rangeSchema = z
  .strictObject({ expected: z.number().min(0), low: z.number().min(0), high: z.number().min(0) })
  .meta({ id: 'PredictedRange' });
export type PredictedRange = z.infer<typeof rangeSchema>;

/** The most trials that a preview lets train at the same time. */
export const MAX_PREVIEW_WORKERS = 10_000;

export const previewQuerySchema = z.strictObject({
  workers: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_PREVIEW_WORKERS)
    .optional()
    .describe('Trials that train at the same time. Absent: what is connected now, at least 1.'),
});
export type PreviewQuery = z.infer<typeof previewQuerySchema>;

const count = z.int().min(0);
const ofDepth = z.strictObject({ depth: z.int(), trials: count });

/** How a limit of the budget cuts the sweep. */
export const budgetCutSchema = z
  .strictObject({
    limit: z.enum(['maxTrials', 'maxWallClockSeconds', 'maxDeviceHours']),
    given: z.number(),
    needed: z.number().describe('What the sweep would take without the limit, in its unit.'),
    isReached: z.boolean().describe('Whether it is expected to cut anything.'),
    cutTrials: count.describe('Trials that are not trained as far as they would be without it.'),
    completedTrials: count.describe('Trials trained to their end when it is reached, or in all.'),
    atSeconds: z.number().min(0).nullable().describe('When it is reached, from the start of the sweep.'),
  })
  .meta({ id: 'BudgetCut' });
export type BudgetCut = z.infer<typeof budgetCutSchema>;

/** What a sweep would do. The numbers in ranges are before the budget cuts anything. */
export const sweepPreviewSchema = z
  .strictObject({
    plannedTrials: count,
    simulatedTrials: count.describe(
      'Below plannedTrials where only a part was played; the counts are scaled.',
    ),
    workers: z.strictObject({
      count: z.int().min(1),
      source: z
        .enum(['given', 'fleet', 'assumed'])
        .describe('fleet: workers connected now or trials running; assumed: there are none.'),
    }),
    cost: z.strictObject({
      measuredEpochs: count.describe('Epochs of past trials that the prediction has learnt from.'),
      cheapestTrialSeconds: rangeSchema.describe('Of the cheapest trial, from beginning to end.'),
    }),
    trials: z.strictObject({
      begun: count.describe('Clones of population-based training included.'),
      completed: count.describe('Trained to their end.'),
      stopped: count.describe('Ended early by the scheduler.'),
    }),
    rungs: z
      .array(
        z.strictObject({
          epoch: z.int().min(1),
          trials: count.describe('Trials that train so many epochs at least.'),
          depths: z.array(ofDepth),
        }),
      )
      .describe('Epochs after which fewer trials go on, and the last.'),
    depths: z.array(
      z.strictObject({
        ...ofDepth.shape,
        completed: count,
        epochSeconds: rangeSchema.describe('Of one epoch, mean over its trials.'),
        deviceHours: rangeSchema,
      }),
    ),
    epochs: count,
    epochsWithoutStopping: count.describe('Were every trial trained to its end.'),
    deviceHours: rangeSchema,
    seconds: rangeSchema.describe('From start to end, on so many workers and nothing else.'),
    budget: z.array(budgetCutSchema),
    endsBy: z
      .enum(['completion', 'maxWallClockSeconds', 'maxDeviceHours'])
      .describe('What is expected to end it.'),
    finishAt: z.iso.datetime().describe('When it would end if it began now, the budget considered.'),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'SweepPreview' });
export type SweepPreview = z.infer<typeof sweepPreviewSchema>;
