import { z } from 'zod';
import { objectiveMetrics, objectiveSchema } from './objective';
import { parameterNameSchema, parameterValueSchema, trainingConfigSchema } from './training-config';

const values = z
  .partialRecord(parameterNameSchema, parameterValueSchema)
  .describe('Of the parameters of the space that are active; the others have their recipe or default.');
const stateSchema = z
  .enum(['completed', 'stopped'])
  .describe('stopped: ended early by the search; its numbers are those it had reached.');
const number = z.int().min(1).describe('1, 2, 3 … within its sweep.');
const metric = z.enum(objectiveMetrics);

/** One objective is looked at; the main one unless another is named. */
export const objectiveQuerySchema = z.strictObject({
  objective: metric.optional().describe("One of the sweep's objectives. Absent: the main one."),
});
export type ObjectiveQuery = z.infer<typeof objectiveQuerySchema>;

/** PED-ANOVA over the completed trials. */
export const importanceSchema = z
  .strictObject({
    objective: objectiveSchema.required(),
    trials: z.int().min(0).describe('Completed trials with a number for the objective.'),
    bestTrials: z.int().min(0).describe('The best tenth of them, which is compared with all.'),
    parameters: z
      .array(
        z.strictObject({
          parameter: parameterNameSchema,
          importance: z
            .number()
            .min(0)
            .max(1)
            .describe(
              'Share of all importance. The shares add up to 1, or are all 0 where nothing mattered.',
            ),
          divergence: z.number().min(0).describe('The importance before it was made a share.'),
          trials: z.int().min(0).describe('Those trials in which the parameter was active.'),
        }),
      )
      .describe('Most important first.'),
  })
  .meta({ id: 'Importance' });
export type Importance = z.infer<typeof importanceSchema>;

/** The running best, in the order in which trials ended. */
export const bestSoFarSchema = z
  .strictObject({
    objective: objectiveSchema.required(),
    trials: z.int().min(0).describe('Completed and stopped trials with a number for the objective.'),
    points: z
      .array(
        z.strictObject({
          number,
          trialId: z.uuid(),
          state: stateSchema,
          value: z.number().describe('Of the objective; better than that of every trial that ended before.'),
          ended: z.int().min(1).describe('Trials with a number that had ended by then, this one included.'),
          endedAt: z.iso.datetime(),
          seconds: z.number().min(0).describe('Since the sweep was submitted.'),
        }),
      )
      .describe(
        'One for each trial that was better than all before it; between them the best stays as it is.',
      ),
  })
  .meta({ id: 'BestSoFar' });
export type BestSoFar = z.infer<typeof bestSoFarSchema>;

/** Completed trials that no other beats in every objective. */
export const paretoSetSchema = z
  .strictObject({
    objectives: z.array(objectiveSchema.required()).min(1),
    trials: z.int().min(0).describe('Completed trials with a number for every objective.'),
    points: z
      .array(
        z.strictObject({
          number,
          trialId: z.uuid(),
          objectives: z.array(z.number()).min(1).describe("In the order of the sweep's objectives."),
          values,
        }),
      )
      .describe('Best in the main objective first.'),
  })
  .meta({ id: 'ParetoSet' });
export type ParetoSet = z.infer<typeof paretoSetSchema>;

const scale = z.enum(['linear', 'log']);
/** One axis of parallel coordinates. */
export const parallelAxisSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('categorical'),
      parameter: parameterNameSchema,
      values: z.array(parameterValueSchema).min(1),
    }),
    z.strictObject({
      kind: z.literal('integer'),
      parameter: parameterNameSchema,
      min: z.number(),
      max: z.number(),
      scale,
    }),
    z.strictObject({
      kind: z.literal('float'),
      parameter: parameterNameSchema,
      min: z.number(),
      max: z.number(),
      scale,
    }),
    z.strictObject({
      kind: z.literal('objective'),
      metric,
      goal: objectiveSchema.shape.goal.unwrap(),
      min: z.number().nullable().describe('The lowest value there is; null: none.'),
      max: z.number().nullable(),
      scale,
    }),
  ])
  .meta({ id: 'ParallelAxis' });
export type ParallelAxis = z.infer<typeof parallelAxisSchema>;

/** Rows for a plot of parallel coordinates. */
export const parallelCoordinatesSchema = z
  .strictObject({
    axes: z.array(parallelAxisSchema).describe('Parameters of the space, then objectives.'),
    rows: z.array(
      z.strictObject({
        number,
        state: stateSchema,
        values: z
          .array(parameterValueSchema.nullable())
          .describe('One for each axis; null: a parameter that is not active, or no number.'),
      }),
    ),
  })
  .meta({ id: 'ParallelCoordinates' });
export type ParallelCoordinates = z.infer<typeof parallelCoordinatesSchema>;

const meanTestError = z.number().describe('1 - accuracy on the test set.');
const stdTestError = z.number().nullable().describe('Sample standard deviation; null for one trial.');
const intervalTestError = z
  .strictObject({ low: z.number(), high: z.number() })
  .nullable()
  .describe("95 % confidence interval of the mean, by Student's t distribution; null for one trial.");

/** Error by depth and variant over the completed trials of a sweep: the answer to "how deep?". */
export const depthRowSchema = z
  .strictObject({
    depth: z.int(),
    variant: trainingConfigSchema.shape.variant.unwrap(),
    trials: z.int().min(1),
    configurations: z.int().min(1).describe('Different settings among them, the seed left out.'),
    meanTestError,
    stdTestError,
    intervalTestError,
    meanValidationError: z.number(),
    meanTrainSeconds: z.number(),
    parameters: z.int(),
    best: z
      .strictObject({
        values,
        trials: z.array(number).min(1).describe('Numbers of its trials: one for each seed.'),
        meanTestError,
        stdTestError,
        intervalTestError,
      })
      .describe("The settings with the best mean of the sweep's objective over their seeds."),
  })
  .meta({ id: 'DepthRow' });
export const depthTableSchema = z.strictObject({ rows: z.array(depthRowSchema) }).meta({ id: 'DepthTable' });
export type DepthRow = z.infer<typeof depthRowSchema>;
export type DepthTable = z.infer<typeof depthTableSchema>;
