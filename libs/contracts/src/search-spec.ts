import { z } from 'zod';

/** The most trials one sweep may have. */
export const MAX_TRIALS = 10_000;

const trials = z.int().min(1).max(MAX_TRIALS).describe('Configurations to try in all.');
const seed = z.int().min(0).max(2_147_483_647).default(0).describe('Of every random choice of the search.');
const maxConcurrent = z
  .int()
  .min(1)
  .max(MAX_TRIALS)
  .optional()
  .describe('Trials of this sweep queued or running at once. Absent: all.');
const maxConcurrentAdaptive = maxConcurrent.describe(
  'Trials of this sweep queued or running at once; each is chosen from the results known by then. Absent: 4.',
);
const startupTrials = (count: number) =>
  z
    .int()
    .min(1)
    .max(1_000)
    .default(count)
    .describe('Trials at random before the model is trusted; warm-start trials count.');

/** How many adaptive trials are open at once where the sweep does not say. */
export const ADAPTIVE_CONCURRENCY = 4;

/** How configurations are chosen. */
export const searchSchema = z
  .discriminatedUnion('algorithm', [
    z
      .strictObject({ algorithm: z.literal('grid'), maxConcurrent })
      .meta({ id: 'GridSearch', description: 'Every combination, in order.' }),
    z
      .strictObject({ algorithm: z.literal('random'), trials, seed, maxConcurrent })
      .meta({ id: 'RandomSearch', description: 'Independent draws; no configuration twice.' }),
    z.strictObject({ algorithm: z.literal('sobol'), trials, seed, maxConcurrent }).meta({
      id: 'SobolSearch',
      description: 'Points of a Sobol sequence, which fill the space more evenly than random ones.',
    }),
    z
      .strictObject({
        algorithm: z.literal('tpe'),
        trials,
        seed,
        maxConcurrent: maxConcurrentAdaptive,
        startupTrials: startupTrials(10),
        candidates: z
          .int()
          .min(1)
          .max(1_000)
          .optional()
          .describe(
            'Draws of which the best is taken. Absent: 96, and with more than 250 results fewer, down to 24 from 1,000 on.',
          ),
      })
      .meta({
        id: 'TpeSearch',
        description:
          'Tree-structured Parzen estimator, multivariate, with constant liar; several objectives too.',
      }),
    z
      .strictObject({
        algorithm: z.literal('gp'),
        trials,
        seed,
        maxConcurrent: maxConcurrentAdaptive,
        startupTrials: startupTrials(8),
      })
      .meta({
        id: 'GpSearch',
        description:
          'Gaussian process (Matern 5/2) with log expected improvement: for small budgets and one objective.',
      }),
    z
      .strictObject({
        algorithm: z.literal('cma-es'),
        trials,
        seed,
        maxConcurrent: maxConcurrentAdaptive,
        populationSize: z
          .int()
          .min(3)
          .max(1_000)
          .optional()
          .describe('Trials of a generation. Absent: 4 + 3 ln(dimensions).'),
      })
      .meta({ id: 'CmaEsSearch', description: 'CMA-ES, for numeric spaces and one objective.' }),
    z
      .strictObject({
        algorithm: z.literal('nsga-ii'),
        trials,
        seed,
        maxConcurrent: maxConcurrentAdaptive,
        populationSize: z.int().min(4).max(1_000).default(20).describe('Trials of a generation.'),
      })
      .meta({ id: 'Nsga2Search', description: 'NSGA-II: a genetic algorithm, for several objectives.' }),
  ])
  .meta({ id: 'Search' });
export type SearchSpec = z.infer<typeof searchSchema>;
