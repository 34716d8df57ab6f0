import { z } from 'zod';

/** How much memory a training was expected to take, and how much there was for it when it began. */
export const memoryFactsSchema = z
  .strictObject({
    predictedBytes: z
      .int()
      .min(0)
      .describe('What the training was predicted to add to the resident memory of its process.'),
    availableBytes: z
      .int()
      .min(0)
      .nullable()
      .describe(
        'What the machine, its control group and the limits of the process had left before; null: unknown, as on a GPU.',
      ),
  })
  .meta({ id: 'MemoryFacts' });
export type MemoryFacts = z.infer<typeof memoryFactsSchema>;

/** What to tell a person before a training that will not fit; undefined where it will, or where nobody knows. */
export function memoryWarning({ predictedBytes, availableBytes }: MemoryFacts): string | undefined {
  if (availableBytes === null || predictedBytes <= availableBytes) return undefined;
  return (
    `this training is predicted to take ${megabytes(predictedBytes)} of memory and ${megabytes(availableBytes)} ` +
    'are available: it may be killed. A smaller batchSize, more accumulationSteps, or bfloat16 take less'
  );
}

/** For a person, behind the message of a failure. */
export const describeMemory = ({ predictedBytes, availableBytes }: MemoryFacts): string =>
  `${megabytes(predictedBytes)} were predicted, ` +
  (availableBytes === null ? 'what was available is unknown' : `${megabytes(availableBytes)} were available`);

const megabytes = (bytes: number): string => `${String(Math.round(bytes / 1e6))} MB`;
