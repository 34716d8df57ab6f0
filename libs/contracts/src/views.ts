import { z } from 'zod';
import { failureSchema } from './failure';
import { epochMetricsSchema, finalMetricsSchema, stepMetricsSchema } from './report';
import { attemptStateSchema, sweepStateSchema, trialStateSchema } from './states';
import { steeringActions } from './steering';
import { sweepSpecSchema } from './sweep';
import { parameterNameSchema, parameterValueSchema, trainingConfigSchema } from './training-config';

const timestamp = z.iso.datetime();

export const trialCountsSchema = z
  .strictObject(
    Object.fromEntries(trialStateSchema.options.map((s) => [s, z.int().min(0)])) as Record<
      z.infer<typeof trialStateSchema>,
      z.ZodInt
    >,
  )
  .meta({ id: 'TrialCounts' });
export type TrialCounts = z.infer<typeof trialCountsSchema>;

export const trialSummarySchema = z
  .strictObject({
    id: z.uuid(),
    sweepId: z.uuid(),
    number: z.int().min(1).describe('1, 2, 3 … within its sweep.'),
    state: trialStateSchema,
    config: trainingConfigSchema,
    epochsDone: z.int().min(0),
    untilEpoch: z
      .int()
      .min(1)
      .nullable()
      .describe('Where it pauses, or has paused; null: it is to be trained to its end.'),
    origin: z
      .strictObject({ trial: z.int().min(1), epoch: z.int().min(1) })
      .nullable()
      .describe('The trial, by number, and the epoch whose weights it started from.'),
    attempts: z.int().min(0),
    microBatch: z
      .int()
      .min(1)
      .nullable()
      .describe(
        'Images in memory at once in its newest attempt: fewer than the configuration says after it did not fit. null: unknown.',
      ),
    objective: z.number().nullable().describe("Value of the sweep's objective: final, or of the last epoch."),
    objectives: z
      .array(z.number().nullable())
      .describe("Values of all the sweep's objectives, the main one first; empty before the first epoch."),
    metrics: finalMetricsSchema.nullable(),
    failure: failureSchema.nullable(),
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    endedAt: timestamp.nullable(),
  })
  .meta({ id: 'TrialSummary' });
export type TrialSummary = z.infer<typeof trialSummarySchema>;

export const attemptViewSchema = z
  .strictObject({
    id: z.uuid(),
    fence: z.int().min(1),
    state: attemptStateSchema,
    workerId: z.string(),
    device: z.string(),
    microBatch: z
      .int()
      .min(1)
      .nullable()
      .describe('Images in memory at once: fewer than those of a batch after it did not fit. null: unknown.'),
    failure: failureSchema.nullable(),
    startedAt: timestamp,
    endedAt: timestamp.nullable(),
  })
  .meta({ id: 'Attempt' });
export type AttemptView = z.infer<typeof attemptViewSchema>;

export const trialDetailSchema = z
  .strictObject({
    ...trialSummarySchema.shape,
    attemptHistory: z.array(attemptViewSchema),
    epochs: z.array(epochMetricsSchema),
    steps: z.array(stepMetricsSchema),
  })
  .meta({ id: 'TrialDetail' });
export type TrialDetail = z.infer<typeof trialDetailSchema>;

export const sweepSummarySchema = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    state: sweepStateSchema,
    reason: z.string().nullable().describe('Why it ended or is paused, in words.'),
    plannedTrials: z.int().min(0),
    trials: trialCountsSchema,
    progress: z
      .number()
      .min(0)
      .max(1)
      .describe('Share of the planned epochs that are done or no longer due.'),
    best: trialSummarySchema.nullable(),
    createdAt: timestamp,
    endedAt: timestamp.nullable(),
  })
  .meta({ id: 'SweepSummary' });
export type SweepSummary = z.infer<typeof sweepSummarySchema>;

export const sweepDetailSchema = z
  .strictObject({ ...sweepSummarySchema.shape, spec: sweepSpecSchema })
  .meta({ id: 'SweepDetail' });
export type SweepDetail = z.infer<typeof sweepDetailSchema>;

const page = { total: z.int().min(0), limit: z.int().min(1), offset: z.int().min(0) };
export const sweepPageSchema = z
  .strictObject({ items: z.array(sweepSummarySchema), ...page })
  .meta({ id: 'SweepPage' });
export type SweepPage = z.infer<typeof sweepPageSchema>;
export const trialPageSchema = z
  .strictObject({ items: z.array(trialSummarySchema), ...page })
  .meta({ id: 'TrialPage' });
export type TrialPage = z.infer<typeof trialPageSchema>;

const pageQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  offset: z.coerce.number().int().min(0).default(0),
};
export const sweepQuerySchema = z.strictObject({ state: sweepStateSchema.optional(), ...pageQuery });
export type SweepQuery = z.infer<typeof sweepQuerySchema>;
export const trialQuerySchema = z.strictObject({
  state: trialStateSchema.optional(),
  sort: z.enum(['number', 'objective', 'depth', 'endedAt']).default('number'),
  order: z.enum(['asc', 'desc']).default('asc'),
  ...pageQuery,
});
export type TrialQuery = z.infer<typeof trialQuerySchema>;

/** What a search can decide. */
export const searchActions = [
  'createTrial',
  'resumeTrial',
  'pauseTrial',
  'stopTrial',
  'completeSweep',
] as const;

/** What was decided, in order. */
export const decisionSchema = z
  .strictObject({
    id: z.string(),
    action: z
      .enum([...searchActions, ...steeringActions])
      .describe('What the search decided, or what was asked of the sweep.'),
    trial: z.int().min(1).nullable().describe('Number of the trial it is about; null: the sweep.'),
    reason: z.string(),
    epoch: z.int().min(1).optional().describe('Of a trial that paused: after which epoch.'),
    untilEpoch: z
      .int()
      .min(1)
      .optional()
      .describe('Of a trial that begins or goes on: where it is to pause. Absent: it trains to its end.'),
    values: z
      .partialRecord(parameterNameSchema, parameterValueSchema)
      .optional()
      .describe('Of a trial that begins: what the search chose.'),
    from: z
      .strictObject({ trial: z.int().min(1), epoch: z.int().min(1) })
      .optional()
      .describe('Of a trial that begins as a copy: of which trial, as it was after which epoch.'),
    at: timestamp,
  })
  .meta({ id: 'Decision' });
export type Decision = z.infer<typeof decisionSchema>;
export const decisionPageSchema = z
  .strictObject({ items: z.array(decisionSchema), ...page })
  .meta({ id: 'DecisionPage' });
export type DecisionPage = z.infer<typeof decisionPageSchema>;
export const decisionQuerySchema = z.strictObject({
  trial: z.coerce.number().int().min(1).optional().describe('Only what is about this trial.'),
  ...pageQuery,
});
export type DecisionQuery = z.infer<typeof decisionQuerySchema>;
