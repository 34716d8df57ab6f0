import { z } from 'zod';
import { datasetSchema } from './dataset';
import { spaceSchema } from './space';
import { trainingConfigSchema } from './training-config';

/** The most trials one sweep may have. */
export const MAX_TRIALS = 10_000;

export const objectiveMetrics = [
  'validationError',
  'validationLoss',
  'testError',
  'testLoss',
  'trainLoss',
] as const;

export const objectiveSchema = z
  .strictObject({
    metric: z.enum(objectiveMetrics).default('validationError'),
    goal: z.enum(['minimize', 'maximize']).default('minimize'),
  })
  .meta({ id: 'Objective' });

const maxConcurrent = z
  .int()
  .min(1)
  .max(MAX_TRIALS)
  .optional()
  .describe('Trials of this sweep queued or running at once. Absent: all.');

export const searchSchema = z
  .discriminatedUnion('algorithm', [
    z
      .strictObject({ algorithm: z.literal('grid'), maxConcurrent })
      .meta({ id: 'GridSearch', description: 'Every combination, in order.' }),
    z
      .strictObject({
        algorithm: z.literal('random'),
        trials: z.int().min(1).max(MAX_TRIALS),
        seed: z.int().min(0).max(2_147_483_647).default(0),
        maxConcurrent,
      })
      .meta({ id: 'RandomSearch', description: 'Independent draws; no configuration twice.' }),
  ])
  .meta({ id: 'Search' });

export const budgetSchema = z
  .strictObject({
    maxTrials: z.int().min(1).max(MAX_TRIALS).optional().describe('Stop after this many trials.'),
    maxWallClockSeconds: z
      .number()
      .positive()
      .max(31_536_000)
      .optional()
      .describe('Cancel what is left when the sweep is this old.'),
  })
  .meta({ id: 'Budget' });

const recipeShape = Object.fromEntries(
  Object.entries(trainingConfigSchema.shape).map(([name, field]) => [
    name,
    ('unwrap' in field ? (field.unwrap() as z.ZodType) : field).optional(),
  ]),
) as {
  [K in keyof typeof trainingConfigSchema.shape]: z.ZodOptional<
    z.ZodType<z.output<(typeof trainingConfigSchema.shape)[K]>>
  >;
};

/** Settings shared by all trials of a sweep; what is absent takes the default of the training configuration. */
export const recipeSchema = z.strictObject(recipeShape).meta({ id: 'Recipe' });

export const sweepSpecSchema = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(100)
      .regex(
        /^[a-zA-Z0-9][a-zA-Z0-9 ._-]*$/,
        'letters, digits, space, dot, dash and underscore, starting with a letter or digit',
      ),
    description: z.string().max(2_000).optional(),
    objective: objectiveSchema.prefault({}),
    dataset: datasetSchema,
    space: spaceSchema,
    search: searchSchema,
    recipe: recipeSchema.prefault({}),
    budget: budgetSchema.prefault({}),
  })
  .superRefine((spec, ctx) => {
    if (spec.space.depth === undefined && spec.recipe.depth === undefined)
      ctx.addIssue({
        code: 'custom',
        path: ['space', 'depth'],
        message: 'depth is required, in the space or in the recipe',
      });
    for (const name of Object.keys(spec.space) as (keyof typeof spec.space)[])
      if (spec.space[name] !== undefined && spec.recipe[name] !== undefined)
        ctx.addIssue({
          code: 'custom',
          path: ['recipe', name],
          message: `${name} stands in the space too; give it once`,
        });
  })
  .meta({ id: 'SweepSpec' });

export type Objective = z.infer<typeof objectiveSchema>;
export type ObjectiveMetric = Objective['metric'];
export type SearchSpec = z.infer<typeof searchSchema>;
export type Budget = z.infer<typeof budgetSchema>;
export type Recipe = z.infer<typeof recipeSchema>;
export type SweepSpec = z.infer<typeof sweepSpecSchema>;
export type SweepSpecInput = z.input<typeof sweepSpecSchema>;
