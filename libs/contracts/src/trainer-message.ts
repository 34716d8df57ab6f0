import { z } from 'zod';
import { failureClassSchema } from './failure';
import { memoryFactsSchema } from './memory-facts';
import { epochMetricsSchema, finalMetricsSchema, stepMetricsSchema } from './report';
import { trainJobSchema } from './job';
import { trainingPhases } from './metrics/worker-metrics';

/** Supervisor to training process, over the IPC channel. */
export const trainerCommandSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('start'),
    job: trainJobSchema,
    cacheDir: z.string(),
    sharedDatasets: z
      .string()
      .optional()
      .describe('Where machines share decoded data sets: a path, or s3://bucket/prefix. Absent: nowhere.'),
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
    retention: z
      .strictObject({ last: z.int().min(1), best: z.int().min(0), rungs: z.boolean() })
      .optional()
      .describe('Which of its checkpoints stay; absent: the newest two.'),
    bestModels: z
      .int()
      .min(1)
      .optional()
      .describe('Of how many trials of the sweep the model stays, the best ones; absent: of all.'),
    patienceMs: z
      .int()
      .min(0)
      .optional()
      .describe('How long to wait for an object store that is away. Absent: 5 minutes.'),
    onGpu: z
      .boolean()
      .optional()
      .describe('Whether it has a GPU to train on, so that training on a CPU would be a failure.'),
    checkpointEverySteps: z.int().min(0).describe('0: only at the end of an epoch.'),
    measurePeak: z
      .boolean()
      .optional()
      .describe('Measure the rate of matrix products in its precision before it begins.'),
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

/** What a training process has done since it last said so. */
export const trainerWorkSchema = z.strictObject({
  seconds: z.record(z.enum(trainingPhases), z.number().min(0)).describe('Of each kind of work.'),
  steps: z.int().min(0).describe('Optimiser steps.'),
  flopsPerImage: z.number().min(0).describe('Floating-point operations of one image in a training step.'),
  residentBytes: z.int().min(0).describe('Memory of the process at the moment.'),
});
export type TrainerWork = z.infer<typeof trainerWorkSchema>;
const work = trainerWorkSchema.optional();

/** Training process to supervisor. */
export const trainerMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('started'),
    device: z.string(),
    tensorflow: z.string(),
    resumedFromStep: z.int().min(0),
    peakFlops: z
      .number()
      .positive()
      .optional()
      .describe('Operations per second, where it was to measure them.'),
  }),
  z.strictObject({
    type: z.literal('progress'),
    what: z.string().describe('Work before the first step, for a person.'),
  }),
  /** A sign of life where no steps are made. */
  z.strictObject({ type: z.literal('working'), at: z.enum(['evaluation', 'saving']) }),
  /** Of a trial that is traced: some work other than steps, in milliseconds since 1970. */
  z.strictObject({
    type: z.literal('phase'),
    phase: z.enum(['evaluation', 'checkpoint']),
    startMs: z.number(),
    endMs: z.number(),
  }),
  z.strictObject({ type: z.literal('memory'), memory: memoryFactsSchema }),
  z.strictObject({ type: z.literal('step'), metrics: stepMetricsSchema, work }),
  z.strictObject({ type: z.literal('epoch'), metrics: epochMetricsSchema, work }),
  z.strictObject({ type: z.literal('completed'), metrics: finalMetricsSchema, work }),
  z.strictObject({ type: z.literal('paused'), metrics: epochMetricsSchema, work }),
  z.strictObject({ type: z.literal('stopped'), step: z.int().min(0), checkpointed: z.boolean() }),
  /** It found checkpoints of a later attempt. */
  z.strictObject({ type: z.literal('overtaken') }),
  z.strictObject({ type: z.literal('failed'), class: failureClassSchema, message: z.string() }),
]);
export type TrainerMessage = z.infer<typeof trainerMessageSchema>;
