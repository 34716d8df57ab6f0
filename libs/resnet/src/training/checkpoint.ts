import { epochMetricsSchema, trainingConfigSchema, type EpochMetrics } from '@fathom/contracts';
import { z } from 'zod';

export interface CheckpointTensor {
  readonly dtype: 'F32';
  readonly shape: number[];
  readonly data: Float32Array;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
// An interface, because a type alias may not refer to itself through Json.
// eslint-disable-next-line @typescript-eslint/consistent-indexed-object-style -- see above
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Everything needed to go on as if nothing had happened: where the loop stands and every variable of the graph. */
export interface Checkpoint {
  /** Optimiser steps done. */
  readonly step: number;
  /** What `RunState.stateOf` makes: `checkpointStateSchema`. */
  readonly state: JsonObject;
  /** By variable: `layer1.0.conv1.weight`, `layer1.0.conv1.weight.velocity`, `bn1.running_mean`, … */
  readonly tensors: Record<string, CheckpointTensor>;
}

const progressSchema = z.strictObject({
  /** Optimiser steps done. */
  step: z.int().min(0),
  /** Epochs that are trained, validated and reported. */
  epochsDone: z.int().min(0),
  /** Of the epoch under way: sum of the steps' mean losses, correct images, seconds. */
  epochLoss: z.number(),
  epochCorrect: z.number().min(0),
  /** Steps of the epoch under way whose loss was not finite in float16, and that were left out. */
  epochLossless: z.int().min(0),
  /** Such steps since the last one that counted, over the ends of epochs. */
  leftOutInARow: z.int().min(0),
  epochSeconds: z.number().min(0),
  /** Over all attempts. */
  trainSeconds: z.number().min(0),
  lastEpoch: epochMetricsSchema.nullable(),
});

/** Where the loop stands. */
export type Progress = z.infer<typeof progressSchema>;

const dataSchema = z.strictObject({
  imageShape: z.array(z.int()),
  classes: z.array(z.string()),
  /** Images of each split. */
  train: z.int(),
  validation: z.int(),
  test: z.int(),
  /** Of all labels and of images spread over each split, in their order: eight hexadecimal digits. */
  contents: z.string(),
});

/**
 * What decides the next step, apart from the tensors: position of the schedule, of the data order and of every
 * generator. All are functions of seed and step, so none has a state besides these numbers.
 */
const positionSchema = z.strictObject({
  schedule: z.strictObject({ stepsPerEpoch: z.int(), learningRate: z.number() }),
  dataOrder: z.strictObject({
    generator: z.string(),
    seed: z.int(),
    epoch: z.int(),
    /** Images of the epoch that were taken already. */
    position: z.int(),
    /** Of the whole order of the epoch. */
    fingerprint: z.string(),
  }),
  augmentation: z.strictObject({ generator: z.string(), key: z.array(z.int()).length(2) }),
});

/** The state of a checkpoint: what it is of, how far it came, and what comes next. */
export const checkpointStateSchema = z.strictObject({
  format: z.literal(3),
  config: trainingConfigSchema,
  data: dataSchema,
  /** Of the model it is distilled from: eight hexadecimal digits; empty where there is none. */
  teacher: z.string().default(''),
  progress: progressSchema,
  next: positionSchema,
});

export const beginning = (): Progress => ({
  step: 0,
  epochsDone: 0,
  epochLoss: 0,
  epochCorrect: 0,
  epochLossless: 0,
  leftOutInARow: 0,
  epochSeconds: 0,
  trainSeconds: 0,
  lastEpoch: null,
});

export type CheckpointState = z.infer<typeof checkpointStateSchema>;

/** Metrics of the last epoch before a checkpoint; undefined where there is none, or this version cannot read it. */
export const lastEpochOf = ({ state }: Pick<Checkpoint, 'state'>): EpochMetrics | undefined =>
  checkpointStateSchema.safeParse(state).data?.progress.lastEpoch ?? undefined;
