import { z } from 'zod';
import { MAX_TRIALS } from './search-spec';
import { domainSchema } from './space';
import type { SweepState } from './states';
import { parameterNameSchema, trainingConfigSchema } from './training-config';

/** What a person can do to a sweep. */
export const steeringOperations = ['pause', 'resume', 'cancel', 'extend', 'clone', 'rerun-failed'] as const;
export type SteeringOperation = (typeof steeringOperations)[number];

/** What the log of decisions calls them. A sweep can also be cancelled by its budget, and fail by its failFast. */
export const steeringActions = [
  'pauseSweep',
  'resumeSweep',
  'cancelSweep',
  'extendSweep',
  'cloneSweep',
  'rerunTrial',
  'failSweep',
] as const;
export type SteeringAction = (typeof steeringActions)[number];

/** What may be done to a sweep in the state. Pausing, resuming and cancelling once more changes nothing. */
export function allowedOperations(state: SweepState): readonly SteeringOperation[] {
  switch (state) {
    case 'running':
    case 'paused':
      return steeringOperations;
    case 'completed':
    case 'failed':
      return ['extend', 'clone', 'rerun-failed'];
    case 'cancelled':
      return ['cancel', 'clone'];
  }
}

/** Who asks and why; kept with the decision. */
const asking = {
  by: z.string().min(1).max(100).optional().describe('Who asks, for the log of decisions.'),
  reason: z.string().min(1).max(500).optional().describe('Why, for the log of decisions.'),
};

/** Body of an operation that needs to know nothing more; it may be left out. */
export const steerRequestSchema = z.strictObject(asking).meta({ id: 'SteerRequest' }).prefault({});
export type SteerRequest = z.infer<typeof steerRequestSchema>;

export const rerunRequestSchema = z
  .strictObject({
    trials: z
      .array(z.int().min(1))
      .min(1)
      .max(MAX_TRIALS)
      .optional()
      .describe('Numbers of failed or diverged trials. Absent: all of them.'),
    ...asking,
  })
  .meta({ id: 'RerunRequest' })
  .prefault({});
export type RerunRequest = z.infer<typeof rerunRequestSchema>;

export const cloneRequestSchema = z
  .strictObject({
    changes: z
      .record(z.string(), z.unknown())
      .default({})
      .describe(
        'What of the sweep is different, as a JSON merge patch (RFC 7396): null takes a field away. ' +
          'Without a name it is called like the other, with " copy" behind it.',
      ),
    warmStart: z
      .boolean()
      .default(false)
      .describe(
        "Whether the search learns from the sweep's completed trials, which are then not trained again.",
      ),
    ...asking,
  })
  .meta({ id: 'CloneRequest' })
  .prefault({});
export type CloneRequest = z.infer<typeof cloneRequestSchema>;

const limit = z.number().positive().nullable().optional();

/** What there is more of. What is absent stays as it is. */
export const extendRequestSchema = z
  .strictObject({
    trials: z
      .int()
      .min(1)
      .max(MAX_TRIALS)
      .optional()
      .describe('Configurations to try in all: search.trials.'),
    epochs: trainingConfigSchema.shape.epochs
      .unwrap()
      .optional()
      .describe('Epochs of a whole training, while no trial has begun: recipe.epochs.'),
    space: z
      .partialRecord(parameterNameSchema, domainSchema)
      .optional()
      .describe(
        'Whole new domains of parameters that are searched: every old value has to be among the new.',
      ),
    budget: z
      .strictObject({
        maxTrials: z.int().min(1).max(MAX_TRIALS).nullable().optional(),
        maxWallClockSeconds: limit,
        maxDeviceHours: limit,
      })
      .optional()
      .describe('Higher limits; null takes one away.'),
    ...asking,
  })
  .refine(
    ({ trials, epochs, space, budget }) => [trials, epochs, space, budget].some((part) => part !== undefined),
    'give at least one of trials, epochs, space, budget',
  )
  .meta({ id: 'ExtendRequest' });
export type ExtendRequest = z.infer<typeof extendRequestSchema>;
