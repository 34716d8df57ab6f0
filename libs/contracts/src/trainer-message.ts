import { z } from 'zod';
import { failureClassSchema } from './failure';
import { memoryFactsSchema } from './memory-facts';
import { epochMetricsSchema, finalMetricsSchema, stepMetricsSchema } from './report';
import { trainJobSchema } from './job';

/** Supervisor to training process, over the IPC channel. */
export const trainerCommandSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('start'),
    job: trainJobSchema,
    cacheDir: z.string(),
    fence: z.int().min(1).optional().describe('Of the attempt; its checkpoints carry it. Absent: 0.'),
    checkpointDir: z.string().describe('Where this trial keeps its checkpoints; the newest is resumed from.'),
    pausesDir: z
      .string()
      .optional()
      .describe('Where checkpoints of its pauses are kept for other trials; absent: they are not.'),
    startFromDir: z
      .string()
      .optional()
      .describe("Where the pauses of the job's startFrom are; absent where it has none."),
    modelDir: z.string().describe('Folder for the model of this trial, which is written when it completes.'),
    checkpointEverySteps: z.int().min(0).describe('0: only at the end of an epoch.'),
    repeatLastEpoch: z
      .boolean()
      .optional()
      .describe(
        'Report the last epoch before the checkpoint again: the attempt before may not have got to it.',
      ),
  }),
  z.strictObject({
    type: z.literal('stop'),
    checkpoint: z.boolean().describe('Write a checkpoint of the current step first.'),
  }),
]);
export type TrainerCommand = z.infer<typeof trainerCommandSchema>;

/** Training process to supervisor. */
export const trainerMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('started'),
    device: z.string(),
    tensorflow: z.string(),
    resumedFromStep: z.int().min(0),
  }),
  z.strictObject({
    type: z.literal('progress'),
    what: z.string().describe('Work before the first step, for a person.'),
  }),
  /** A sign of life where no steps are made. */
  z.strictObject({ type: z.literal('working'), at: z.enum(['evaluation', 'saving']) }),
  z.strictObject({ type: z.literal('memory'), memory: memoryFactsSchema }),
  z.strictObject({ type: z.literal('step'), metrics: stepMetricsSchema }),
  z.strictObject({ type: z.literal('epoch'), metrics: epochMetricsSchema }),
  z.strictObject({ type: z.literal('completed'), metrics: finalMetricsSchema }),
  z.strictObject({ type: z.literal('paused'), metrics: epochMetricsSchema }),
  z.strictObject({ type: z.literal('stopped'), step: z.int().min(0), checkpointed: z.boolean() }),
  /** It found checkpoints of a later attempt. */
  z.strictObject({ type: z.literal('overtaken') }),
  z.strictObject({ type: z.literal('failed'), class: failureClassSchema, message: z.string() }),
]);
export type TrainerMessage = z.infer<typeof trainerMessageSchema>;
