import { z } from 'zod';
import { datasetSchema } from './dataset';
import { logPoliciesSchema } from './log-policy';
import { objectiveSchema, objectivesOf } from './objective';
import { schedulerSchema } from './scheduler-spec';
import { MAX_SWEEP_PRIORITY } from './job';
import { poolsSchema } from './pool';
import { MAX_TRIALS, searchSchema } from './search-spec';
import { conditionOf, constraintsSchema, spaceSchema, type Domain } from './space';
import { warmStartSchema } from './warm-start';
import { trainingConfigSchema } from './training-config';

/** The owner of sweeps that name none. */
export const DEFAULT_OWNER = 'default';

export const budgetSchema = z
  .strictObject({
    maxTrials: z.int().min(1).max(MAX_TRIALS).optional().describe('Stop after this many trials.'),
    maxWallClockSeconds: z
      .number()
      .positive()
      .max(31_536_000)
      .optional()
      .describe('Cancel what is left when the sweep is this old.'),
    maxDeviceHours: z
      .number()
      .positive()
      .max(1e7)
      .optional()
      .describe('Cancel what is left when its trials have had devices for so long, all together.'),
  })
  .meta({ id: 'Budget' });

export const failFastSchema = z
  .union([z.literal('off'), z.strictObject({ afterTrials: z.int().min(1).max(MAX_TRIALS) })])
  .describe(
    'End the sweep as failed when so many trials have failed and none has got to the end of an epoch.',
  )
  .meta({ id: 'FailFast' });

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
    furtherObjectives: z
      .array(objectiveSchema)
      .max(3)
      .default([])
      .describe('With these the result is a Pareto set: trials that no other beats in every objective.'),
    dataset: datasetSchema,
    space: spaceSchema,
    constraints: constraintsSchema.default([]),
    search: searchSchema,
    scheduler: schedulerSchema.prefault({ algorithm: 'run-all' }),
    warmStart: warmStartSchema.prefault({}),
    recipe: recipeSchema.prefault({}),
    budget: budgetSchema.prefault({}),
    priority: z
      .int()
      .min(0)
      .max(MAX_SWEEP_PRIORITY)
      .default(0)
      .describe(
        'Trials of a sweep with a higher priority are trained first, and take the place of those with a lower one.',
      ),
    owner: z
      .string()
      .min(1)
      .max(100)
      .regex(
        /^[a-zA-Z0-9][a-zA-Z0-9 ._@-]*$/,
        'letters, digits, space, dot, dash, underscore and @, starting with a letter or digit',
      )
      .default(DEFAULT_OWNER)
      .describe(
        'Who it is for: owners share the places of a pool equally, and so do the sweeps of one owner among themselves.',
      ),
    pools: poolsSchema,
    logPolicies: logPoliciesSchema.default([]),
    failFast: failFastSchema.default({ afterTrials: 10 }),
  })
  .superRefine((spec, ctx) => {
    if (spec.space.depth === undefined && spec.recipe.depth === undefined)
      ctx.addIssue({
        code: 'custom',
        path: ['space', 'depth'],
        message: 'depth is required, in the space or in the recipe',
      });
    const metrics = objectivesOf(spec).map(({ metric }) => metric);
    metrics.forEach((metric, index) => {
      if (metrics.indexOf(metric) < index)
        ctx.addIssue({
          code: 'custom',
          path: ['furtherObjectives', index - 1, 'metric'],
          message: `${metric} is an objective already; each can stand once`,
        });
    });
    for (const name of Object.keys(spec.space) as (keyof typeof spec.space)[])
      if (hasAlways(spec.space[name]) && spec.recipe[name] !== undefined)
        ctx.addIssue({
          code: 'custom',
          path: ['recipe', name],
          message: `${name} stands in the space too; give it once`,
        });
  })
  .meta({ id: 'SweepSpec' });

/** A parameter with a condition takes the recipe's value where it is not searched. */
const hasAlways = (domain: Domain | undefined): boolean =>
  domain !== undefined && conditionOf(domain) === undefined;

export type Budget = z.infer<typeof budgetSchema>;
export type Recipe = z.infer<typeof recipeSchema>;
export type SweepSpec = z.infer<typeof sweepSpecSchema>;
export type SweepSpecInput = z.input<typeof sweepSpecSchema>;
