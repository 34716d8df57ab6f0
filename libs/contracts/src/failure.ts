import { z } from 'zod';
import { memoryFactsSchema } from './memory-facts';

/** Why an attempt did not complete. */
export const failureClassSchema = z
  .enum([
    'diverged',
    'data',
    'out-of-memory',
    'native-crash',
    'storage',
    'user-error',
    'lost-worker',
    'internal',
  ])
  .meta({ id: 'FailureClass' });
export type FailureClass = z.infer<typeof failureClassSchema>;

export const failureSchema = z
  .strictObject({
    class: failureClassSchema,
    message: z.string().max(4_000).describe('One line for a person.'),
    log: z.string().max(16_000).default('').describe('The last lines the training process wrote.'),
    memory: memoryFactsSchema
      .optional()
      .describe('Of an attempt that ran out of memory, where it got far enough to know.'),
  })
  .meta({ id: 'Failure' });
export type Failure = z.infer<typeof failureSchema>;

/** Whether another attempt can help. A configuration that diverges or data that cannot be read will do so again. */
export function isRetryable(failureClass: FailureClass): boolean {
  switch (failureClass) {
    case 'diverged':
    case 'data':
    case 'user-error':
      return false;
    case 'out-of-memory':
    case 'native-crash':
    case 'storage':
    case 'lost-worker':
    case 'internal':
      return true;
  }
}
