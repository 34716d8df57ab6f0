import { restorePlaceholder, type FeedValue, type FetchedValue, type GraphRunner } from '@fathom/graph';
import type { Batch } from './batch';
import type { Checkpoint, CheckpointTensor } from './checkpoint';
import { ConfigurationError } from '../configuration-error';
import { feedNames, type TrainingGraph } from '../graph/training-graph';

/** What a batch added up to. */
export interface BatchResult {
  /** Mean over the batch when training, sum over the images that count when evaluating. */
  readonly loss: number;
  /** Images whose largest logit is their label's. */
  readonly correct: number;
}

/** A training graph in a session: its feeds and fetches as functions. */
export class NetworkSession {
  readonly #graph: TrainingGraph;
  readonly #runner: GraphRunner;

  constructor(graph: TrainingGraph, runner: GraphRunner) {
    this.#graph = graph;
    this.#runner = runner;
  }

  /** Gives every variable its initial value, which the seed decides. */
  initialise(seed: number): void {
    this.#runner.run({ [feedNames.seed]: int32([], Int32Array.of(seed)) }, [this.#graph.initialise]);
  }

  /** One optimiser step. @param key decides the augmentation: seed and step */
  step(batch: Batch, learningRate: number, key: readonly [seed: number, step: number]): BatchResult {
    return this.#result(this.#graph.step, {
      ...batchFeeds(batch),
      [feedNames.learningRate]: float32([], Float32Array.of(learningRate)),
      [feedNames.augmentKey]: int32([2], Int32Array.from(key)),
    });
  }

  /** Losses and hits with running statistics and without augmentation; changes nothing. */
  evaluate(batch: Batch): BatchResult {
    return this.#result(this.#graph.evaluate, {
      ...batchFeeds(batch),
      [feedNames.mask]: float32([batch.size], batch.mask),
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

  #result(fetch: string, feeds: Record<string, FeedValue>): BatchResult {
    const [loss = Number.NaN, correct = 0] = this.#runner.run(feeds, [fetch])[0]?.data ?? [];
    return { loss, correct };
  }
}

const batchFeeds = ({ images, labels }: Batch): Record<string, FeedValue> => ({
  [feedNames.images]: int32([images.length], images),
  [feedNames.labels]: int32([labels.length], labels),
});

const int32 = (shape: readonly number[], data: Int32Array): FeedValue => ({ dtype: 'int32', shape, data });
const float32 = (shape: readonly number[], data: Float32Array): FeedValue => ({
  dtype: 'float32',
  shape,
  data,
});

function float32Data(value: FetchedValue | undefined): Float32Array {
  if (value?.dtype !== 'float32') throw new TypeError('a variable is not float32');
  return value.data;
}
