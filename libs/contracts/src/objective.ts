import { z } from 'zod';

/**
 * What a sweep can search for. Errors and losses are known after each epoch (those of the test set after the last one);
 * trainSeconds and parameters are the trial's cost in time and in trainable numbers.
 */
export const objectiveMetrics = [
  'validationError',
  'validationLoss',
  'testError',
  'testLoss',
  'trainLoss',
  'trainSeconds',
  'parameters',
] as const;

export const objectiveSchema = z
  .strictObject({
    metric: z.enum(objectiveMetrics).default('validationError'),
    goal: z.enum(['minimize', 'maximize']).default('minimize'),
  })
  .meta({ id: 'Objective' });

export type Objective = z.infer<typeof objectiveSchema>;
export type ObjectiveMetric = Objective['metric'];

/** The objectives of a sweep in order, the main one first. */
export const objectivesOf = (spec: {
  readonly objective: Objective;
  readonly furtherObjectives: readonly Objective[];
}): readonly Objective[] => [spec.objective, ...spec.furtherObjectives];
