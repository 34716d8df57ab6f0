import { z } from 'zod';
import { readReference } from './read-reference';

const numbers = z.array(z.number());
const pairs = z.array(z.tuple([z.number(), z.number()]));

const referenceSchema = z.strictObject({
  numpy: z.string(),
  normal: z.strictObject({
    logCdf: pairs,
    logCdfDifference: z.array(z.tuple([z.number(), z.number(), z.number()])),
    logH: pairs,
  }),
  process: z.strictObject({
    points: z.array(numbers),
    values: numbers,
    weights: numbers,
    scale: z.number(),
    noise: z.number(),
    at: z.array(numbers),
    mean: numbers,
    variance: numbers,
    negativeLogPosterior: z.number(),
  }),
});

/** What make_gp_reference.py says. */
export const gpReference = referenceSchema.parse(readReference('gp-reference.json'));
