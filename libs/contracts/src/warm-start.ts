import { z } from 'zod';
import { MAX_TRIALS } from './search-spec';
import { parameterNameSchema, parameterValueSchema } from './training-config';

const values = z.partialRecord(parameterNameSchema, parameterValueSchema);

/** Results of other sweeps that the search learns from; they are not trained again. */
export const warmStartSchema = z
  .strictObject({
    trials: z
      .array(
        z.strictObject({
          values: values.describe('A value for each parameter of the space that is active.'),
          objectives: z.array(z.number()).min(1).max(4).describe("In the order of the sweep's objectives."),
        }),
      )
      .max(MAX_TRIALS)
      .default([]),
    sweeps: z
      .array(z.uuid())
      .max(20)
      .default([])
      .describe('Sweeps whose completed trials are imported, as far as they lie inside the space.'),
  })
  .meta({ id: 'WarmStart' });
export type WarmStart = z.infer<typeof warmStartSchema>;
export type WarmStartTrial = WarmStart['trials'][number];
