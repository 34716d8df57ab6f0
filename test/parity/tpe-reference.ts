import { z } from 'zod';
import { readReference } from './read-reference';

const numbers = z.array(z.number());

const referenceSchema = z.strictObject({
  optuna: z.string(),
  estimators: z.array(
    z.strictObject({
      name: z.string(),
      axes: z.array(
        z.union([
          z.strictObject({ choices: z.int() }),
          z.strictObject({
            low: z.number(),
            high: z.number(),
            log: z.boolean(),
            step: z.number().nullable(),
            integer: z.boolean(),
          }),
        ]),
      ),
      /** By axis. */
      observed: z.array(numbers),
      weights: numbers,
      sigmas: z.array(numbers.nullable()),
      points: z.array(numbers),
      logDensities: numbers,
    }),
  ),
  splits: z.array(
    z.strictObject({
      name: z.string(),
      trials: z.array(z.tuple([z.enum(['complete', 'stopped', 'running']), z.number(), numbers.nullable()])),
      /** Trials counted from 1. */
      below: numbers,
      above: numbers,
    }),
  ),
});

/** What Optuna's TPE makes of given observations, by make_tpe_reference.py. */
export const tpeReference = referenceSchema.parse(readReference('tpe-reference.json'));
