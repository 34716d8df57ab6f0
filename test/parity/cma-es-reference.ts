import { z } from 'zod';
import { readReference } from './read-reference';

const numbers = z.array(z.number());

const referenceSchema = z.strictObject({
  cmaes: z.string(),
  runs: z.array(
    z.strictObject({
      dimension: z.int(),
      population: z.int(),
      /** Each generation: its points and what the distribution is after them. */
      steps: z.array(
        z.strictObject({
          points: z.array(numbers),
          losses: numbers,
          mean: numbers,
          sigma: z.number(),
          covariance: z.array(numbers),
          pathSigma: numbers,
          pathC: numbers,
        }),
      ),
    }),
  ),
});

/** What make_cma_es_reference.py says. */
export const cmaEsReference = referenceSchema.parse(readReference('cma-es-reference.json'));
