import { epochMetricsSchema } from '@fathom/contracts';
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

/** Everything needed to go on as if nothing had happened: the loop's progress and every variable of the graph. */
export interface Checkpoint {
  /** Optimiser steps done. */
  readonly step: number;
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
  epochSeconds: z.number().min(0),
  /** Over all attempts. */
  trainSeconds: z.number().min(0),
  lastEpoch: epochMetricsSchema.nullable(),
});

/** Where the loop stands. Plain JSON; the data order and the augmentation follow from `step`. */
export type Progress = z.infer<typeof progressSchema>;

export const beginning = (): Progress => ({
  step: 0,
  epochsDone: 0,
  epochLoss: 0,
  epochCorrect: 0,
  epochSeconds: 0,
  trainSeconds: 0,
  lastEpoch: null,
});

/** @throws ZodError if the checkpoint is not one of this loop */
export const progressOf = ({ state }: Checkpoint): Progress => progressSchema.parse(state);
