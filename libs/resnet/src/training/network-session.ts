import {
  fillPlaceholder,
  restorePlaceholder,
  type FeedValue,
  type FetchedValue,
  type GraphRunner,
} from '@fathom/graph';
import { ConfigurationError } from '../configuration-error';
import { feedNames } from '../graph/feeds';
import { teacherValue, type Teacher } from '../graph/teacher';
import type { TrainingGraph } from '../graph/training-graph';
import { residentChunks, type Batches } from './batches';
import type { Checkpoint, CheckpointTensor } from './checkpoint';
import { float32, int32, scalar } from './feed-values';
import type { TrainingData } from './training-data';

export interface StepResult {
  /** Mean over the batch. */
  readonly loss: number;
  /** Images whose largest logit is their label's. */
  readonly correct: number;
  /** Whether it changed anything; float16 leaves out steps whose gradients overflow. */
  readonly counts: boolean;
}

/** What the network says of the images of one row, in their order; all of [rowSize]. */
export interface RowResult {
  readonly losses: Float32Array;
  /** The class of the largest logit. */
  readonly classes: Float32Array;
  /** 1 where the label is among the five largest logits, else 0. */
  readonly inTopFive: Float32Array;
}

export interface StepsToTake {
  /** One for each step of the call. */
  readonly learningRates: readonly number[];
  readonly seed: number;
  /** Steps that were taken before; decides the augmentation, with the seed. */
  readonly stepsDone: number;
  /** Whether they are without cutout and mixup; where the graph has no such steps, none are. */
  readonly clean?: boolean;
  /** 1 for images to be mirrored, else 0, of all steps; where flips alternate, and only there. */
  readonly mirrored?: Int32Array | undefined;
}

/** A training graph in a session: its feeds and fetches as functions. */
export class NetworkSession {
  readonly #graph: TrainingGraph;
  readonly #runner: GraphRunner;
  #fetches: Pick<TrainingGraph, 'train' | 'evaluate'>;

  constructor(graph: TrainingGraph, runner: GraphRunner) {
    this.#graph = graph;
    this.#runner = runner;
    this.#fetches = graph;
  }

  /** From here on images are given this size before they are trained on or evaluated. @param size one of the graph's */
  resizeImages(size: number): void {
    const fetches = this.#graph.bySize.get(size);
    if (!fetches) throw new RangeError(`the graph does not take images of ${String(size)} px`);
    this.#fetches = fetches;
  }

  /** Gives every variable its initial value, which the seed decides. */
  initialise(seed: number): void {
    this.#runner.run({ [feedNames.seed]: scalar(seed) }, [this.#graph.initialise]);
  }

  /** Takes the weights of the teacher into the memory of the device, where the graph learns from one. */
  teach({ tensors }: Teacher): void {
    const { teacher } = this.#graph;
    if (!teacher) return;
    const feeds = Object.entries(tensors).map(([name, { shape, data }]) => [
      fillPlaceholder(teacherValue(name)),
      float32(shape, data),
    ]);
    this.#runner.run(Object.fromEntries(feeds) as Record<string, FeedValue>, [teacher.put]);
  }

  /** Takes all images into the memory of the device, where the graph wants them there. */
  fill(data: TrainingData): void {
    const { filling } = this.#graph;
    if (!filling) return;
    this.#runner.run({}, [filling.reserve]);
    for (const chunk of residentChunks(data, filling.chunkRows)) this.#runner.run(chunk, [filling.put]);
  }

  /** Optimiser steps, in one call. @param batches has the rows of all of them */
  train(
    batches: Batches,
    { learningRates, seed, stepsDone, clean = false, mirrored }: StepsToTake,
  ): StepResult[] {
    const { rowsPerStep, rowSize, endsClean } = this.#graph;
    const count = learningRates.length;
    const results = this.#numbers(this.#fetches.train.name, {
      ...batches.feeds(count * rowsPerStep),
      [feedNames.count]: scalar(count),
      [feedNames.learningRates]: float32([count], Float32Array.from(learningRates)),
      [feedNames.seed]: scalar(seed),
      // Wraps around after 2^31 rows, which does no harm.
      [feedNames.firstRow]: scalar((stepsDone * rowsPerStep) | 0),
      ...(endsClean ? { [feedNames.disturbance]: float32([], Float32Array.of(clean ? 0 : 1)) } : {}),
      ...(mirrored ? { [feedNames.mirrored]: int32([count * rowsPerStep, rowSize], mirrored) } : {}),
    });
    return Array.from({ length: count }, (_, i) => {
      const [loss = Number.NaN, correct = 0, counts = 0] = results.subarray(3 * i, 3 * i + 3);
      return { loss, correct, counts: counts === 1 };
    });
  }

  /** What the network says with running statistics and without augmentation; changes nothing. */
  evaluate(batches: Batches, rows: number): RowResult[] {
    const { rowSize } = this.#graph;
    const results = this.#numbers(this.#fetches.evaluate.name, {
      ...batches.feeds(rows),
      [feedNames.count]: scalar(rows),
    });
    return Array.from({ length: rows }, (_, row) => {
      const part = (i: number) => results.subarray((3 * row + i) * rowSize, (3 * row + i + 1) * rowSize);
      return { losses: part(0), classes: part(1), inTopFive: part(2) };
    });
  }

  /** A copy of every variable. */
  snapshot(): Record<string, CheckpointTensor> {
    const { state } = this.#graph;
    const values = this.#runner.run(
      {},
      state.map(({ fetch }) => fetch),
    );
    return Object.fromEntries(
      state.map(({ name, shape }, i) => [
        name,
        { dtype: 'F32', shape: [...shape], data: float32Data(values[i]) },
      ]),
    );
  }

  /** @throws ConfigurationError where the checkpoint is of another network */
  restore({ tensors }: Checkpoint): void {
    const feeds = this.#graph.state.map(({ name, shape }) => {
      const tensor = tensors[name];
      if (tensor?.shape.join() !== shape.join())
        throw new ConfigurationError(
          `checkpoint tensor ${name}`,
          tensor ? `[${tensor.shape.join(', ')}]` : 'none',
          `shape [${shape.join(', ')}] of the configured network`,
        );
      return [restorePlaceholder(name), float32(shape, tensor.data)];
    });
    this.#runner.run(Object.fromEntries(feeds) as Record<string, FeedValue>, [this.#graph.restore]);
  }

  close(): void {
    this.#runner.close();
  }

  #numbers(fetch: string, feeds: Record<string, FeedValue>): Float32Array {
    return float32Data(this.#runner.run(feeds, [fetch])[0]);
  }
}

function float32Data(value: FetchedValue | undefined): Float32Array {
  if (value?.dtype !== 'float32') throw new TypeError('what was fetched is not float32');
  return value.data;
}
