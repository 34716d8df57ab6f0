import { z } from 'zod';
import { parameterNameSchema } from './training-config';

const eta = z.number().int().min(2).max(10).default(3).describe('One in so many goes on from a rung.');
const minEpochs = z.int().min(1).max(10_000).default(1).describe('Epochs of the lowest rung.');

/** Which trials are compared at a rung; docs/fairness.md shows what each does to deep networks. */
export const comparisons = ['all', 'depth', 'cost', 'curve'] as const;
const compare = z
  .enum(comparisons)
  .default('depth')
  .describe(
    'all: every trial of the rung. depth: those of the same depth. cost: rungs at equal predicted cost instead of ' +
      'equal epochs. curve: by the final value that the curve so far promises.',
  );
export type Comparison = (typeof comparisons)[number];

/** How far each trial is trained. Rungs are epochs; the highest is the number of epochs of the recipe. */
export const schedulerSchema = z
  .discriminatedUnion('algorithm', [
    z
      .strictObject({ algorithm: z.literal('run-all') })
      .meta({ id: 'RunAll', description: 'Every trial to its end.' }),
    z.strictObject({ algorithm: z.literal('asha'), minEpochs, eta, compare }).meta({
      id: 'Asha',
      description:
        'Successive halving by asynchronous promotion: a trial pauses at its rung with a checkpoint; the best go on from it.',
    }),
    z.strictObject({ algorithm: z.literal('asha-stopping'), minEpochs, eta, compare }).meta({
      id: 'AshaStopping',
      description: 'Successive halving that stops a trial at a rung, or lets it go on at once.',
    }),
    z.strictObject({ algorithm: z.literal('hyperband'), minEpochs, eta, compare }).meta({
      id: 'Hyperband',
      description:
        'Brackets of successive halving with different lowest rungs; survivors go on from their checkpoints.',
    }),
    z
      .strictObject({
        algorithm: z.literal('median'),
        startupTrials: z
          .int()
          .min(1)
          .max(1_000)
          .default(5)
          .describe('Complete trials, of those that it is compared with, before any is stopped.'),
        warmupEpochs: z.int().min(0).max(10_000).default(0).describe('Epochs in which no trial is stopped.'),
        intervalEpochs: z.int().min(1).max(1_000).default(1).describe('Epochs from one look to the next.'),
        compare,
      })
      .meta({
        id: 'MedianStopping',
        description:
          'Stops a trial whose best value is worse than the median of the complete ones at that epoch.',
      }),
    z
      .strictObject({
        algorithm: z.literal('pbt'),
        intervalEpochs: z
          .int()
          .min(1)
          .max(1_000)
          .default(1)
          .describe('Epochs from one exchange to the next.'),
        quantile: z
          .number()
          .gt(0)
          .max(0.5)
          .default(0.25)
          .describe('Share that is replaced, and share that is copied.'),
        resampleProbability: z
          .number()
          .min(0)
          .max(1)
          .default(0.25)
          .describe('Of a parameter being drawn anew instead of moved.'),
        factors: z
          .array(z.number().positive().max(100))
          .min(1)
          .max(10)
          .default([0.8, 1.2])
          .describe('By one of which a numeric parameter is multiplied.'),
        mutate: z
          .array(parameterNameSchema)
          .min(1)
          .optional()
          .describe('Parameters of the space that change. Absent: all that may change during training.'),
      })
      .meta({
        id: 'PopulationBasedTraining',
        description:
          'The worst of a population go on from copies of the best, with changed settings. The population are the trials of the search.',
      }),
  ])
  .meta({ id: 'Scheduler' });
export type SchedulerSpec = z.infer<typeof schedulerSchema>;

/** Whether trials may start from the pauses of others. */
export const clonesTrials = ({ algorithm }: SchedulerSpec): boolean => algorithm === 'pbt';
