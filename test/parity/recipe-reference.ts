import { z } from 'zod';
import { readReference } from './read-reference';

const numbers = z.array(z.number());
const tensors = z.record(z.string(), numbers);

const referenceSchema = z.strictObject({
  torch: z.string(),
  shapes: tensors,
  initial: tensors,
  rates: numbers,
  /** By step. */
  gradients: z.array(tensors),
  runs: z.array(z.strictObject({ recipe: z.record(z.string(), z.unknown()), after: z.array(tensors) })),
  distillation: z.strictObject({
    student: numbers,
    teacher: numbers,
    labels: numbers,
    cases: z.array(
      z.strictObject({
        config: z.strictObject({
          distillTemperature: z.number(),
          distillWeight: z.number(),
          labelSmoothing: z.number(),
        }),
        loss: numbers,
        gradient: numbers,
      }),
    ),
  }),
  mixup: z.array(z.strictObject({ share: z.number(), labelSmoothing: z.number(), loss: numbers })),
  schedules: z.strictObject({
    steps: z.number(),
    learningRate: z.number(),
    warmupSteps: z.number(),
    step: numbers,
    cosine: numbers,
    warmedCosine: numbers,
    oneCycle: numbers,
  }),
});

/** What make_recipe_reference.py wrote. */
export const recipeReference = referenceSchema.parse(readReference('recipe-reference.json'));
