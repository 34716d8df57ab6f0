import type { EpochMetrics, FinalMetrics, StepMetrics, TrainingConfig } from '@fathom/contracts';
import type { GraphRunner } from '@fathom/graph';
import { resolveArchitecture } from '../architecture/architecture';
import { trainedModel, type TrainedModel } from '../model/trained-model';
import { Batch } from './batch';
import { channelStatistics } from './channel-statistics';
import { beginning, type Checkpoint } from './checkpoint';
import { countParameters } from '../architecture/counting';
import { DivergedError } from './diverged-error';
import { evaluate } from './evaluation';
import { nextTurn } from './event-loop';
import { NetworkSession } from './network-session';
import { RunState } from './run-state';
import { learningRateAt } from './schedules';
import { StopRequest } from './stop-request';
import { checkTrainingData, type TrainingData } from './training-data';
import { buildTrainingGraph } from '../graph/training-graph';

export type TrainingEvent =
  | { readonly type: 'step'; readonly metrics: StepMetrics }
  | { readonly type: 'epoch'; readonly metrics: EpochMetrics }
  | { readonly type: 'checkpoint'; readonly checkpoint: Checkpoint }
  | { readonly type: 'completed'; readonly metrics: FinalMetrics; readonly model: TrainedModel };

export interface TrainOptions {
  readonly config: TrainingConfig;
  readonly data: TrainingData;
  /** Loads a SavedModel into a session, which `train` closes. */
  readonly openSession: (savedModel: Uint8Array) => GraphRunner;
  /** Ends the training between two steps. With a `StopRequest` as its reason it may ask for a checkpoint. */
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Goes on from here, bit for bit as if it had never stopped. */
  readonly resumeFrom?: Checkpoint;
  /** Beside those at the end of each epoch; 0 or absent: none. */
  readonly checkpointEverySteps?: number;
}

const REPORT_INTERVAL_MS = 1000;

/**
 * Trains one network from its first step, or a checkpoint, to its last, and tells about it as it goes. Ends without
 * `completed` where the signal stopped it.
 *
 * @throws ArchitectureError, ConfigurationError before anything runs, where the configuration cannot work
 * @throws CheckpointMismatchError before anything runs, where `resumeFrom` is of another configuration or data set
 * @throws DivergedError where a loss is not finite
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainingEvent, void, void> {
  const { config, data, signal, now, checkpointEverySteps = 0 } = options;
  const [imageSize, , channels] = data.imageShape;
  checkTrainingData(data, config.batchSize);
  const architecture = resolveArchitecture(config, { imageSize, channels, classes: data.classes.length });
  const run = new RunState(config, data);
  const progress = options.resumeFrom ? run.progressOf(options.resumeFrom) : beginning();
  const graph = buildTrainingGraph(architecture, config, channelStatistics(data.train, channels));
  const network = new NetworkSession(graph, options.openSession(graph.savedModel));
  const batch = new Batch(config.batchSize, imageSize * imageSize * channels);
  const stepsPerEpoch = Math.floor(data.train.count / config.batchSize);
  const imagesPerEpoch = stepsPerEpoch * config.batchSize;

  const checkpoint = (): TrainingEvent => ({
    type: 'checkpoint',
    checkpoint: { step: progress.step, state: run.stateOf(progress), tensors: network.snapshot() },
  });
  const wantsCheckpoint = () => signal.reason instanceof StopRequest && signal.reason.checkpoint;
  const lap = stopwatch(now);
  const report = stepReport(now, config.batchSize);
  const countTime = () => {
    const seconds = lap();
    progress.epochSeconds += seconds;
    progress.trainSeconds += seconds;
  };

  try {
    if (options.resumeFrom) network.restore(options.resumeFrom);
    else network.initialise(config.seed);

    while (progress.epochsDone < config.epochs) {
      const epoch = progress.epochsDone;
      const order = run.orderOf(epoch);
      report.skip();

      while (progress.step < (epoch + 1) * stepsPerEpoch) {
        await nextTurn();
        if (signal.aborted) {
          countTime();
          if (wantsCheckpoint()) yield checkpoint();
          return;
        }
        const from = (progress.step - epoch * stepsPerEpoch) * config.batchSize;
        batch.fill(data.train, order.subarray(from, from + config.batchSize));
        const learningRate = learningRateAt(config, progress.step, stepsPerEpoch);
        const { loss, correct } = network.step(batch, learningRate, [config.seed, progress.step]);
        progress.step++;
        if (!Number.isFinite(loss))
          throw new DivergedError(`training loss of step ${String(progress.step)}`, loss);
        progress.epochLoss += loss;
        progress.epochCorrect += correct;

        const metrics = report.add(loss, correct);
        if (metrics) {
          const { step } = progress;
          yield { type: 'step', metrics: { step, epoch: step / stepsPerEpoch, learningRate, ...metrics } };
        }
        if (checkpointEverySteps > 0 && progress.step % checkpointEverySteps === 0) {
          countTime();
          yield checkpoint();
        }
      }

      const validation = await evaluate(network, batch, data.validation, signal);
      countTime();
      if (!validation) {
        if (wantsCheckpoint()) yield checkpoint();
        return;
      }
      const metrics: EpochMetrics = {
        epoch: epoch + 1,
        step: progress.step,
        trainLoss: progress.epochLoss / stepsPerEpoch,
        trainError: 1 - progress.epochCorrect / imagesPerEpoch,
        validationLoss: validation.loss,
        validationError: validation.error,
        learningRate: learningRateAt(config, progress.step - 1, stepsPerEpoch),
        seconds: progress.epochSeconds,
        imagesPerSecond: imagesPerEpoch / Math.max(progress.epochSeconds, 1e-9),
      };
      progress.epochsDone++;
      progress.lastEpoch = metrics;
      progress.epochLoss = progress.epochCorrect = progress.epochSeconds = 0;
      yield { type: 'epoch', metrics };
      yield checkpoint();
    }

    const test = await evaluate(network, batch, data.test, signal);
    countTime();
    if (!test) {
      if (wantsCheckpoint()) yield checkpoint();
      return;
    }
    if (!progress.lastEpoch) throw new RangeError('the checkpoint has no epoch');
    const metrics: FinalMetrics = {
      ...progress.lastEpoch,
      testLoss: test.loss,
      testError: test.error,
      parameters: countParameters(architecture),
      trainSeconds: progress.trainSeconds,
    };
    const [step, variables] = [progress.step, network.snapshot()];
    const model = trainedModel({ config, architecture, classes: data.classes, metrics, step, variables });
    yield { type: 'completed', metrics, model };
  } finally {
    network.close();
  }
}

/** Seconds since the last call, or since it was made. */
function stopwatch(now: () => number): () => number {
  let since = now();
  return () => {
    const at = now();
    const seconds = (at - since) / 1000;
    since = at;
    return seconds;
  };
}

type StepAverages = Pick<StepMetrics, 'loss' | 'accuracy' | 'imagesPerSecond' | 'stepSeconds'>;

interface StepReport {
  /** Takes a step; gives the averages of those since it last did, after a second of steps. */
  add(loss: number, correct: number): StepAverages | undefined;
  /** The time since the last step was not spent on steps. */
  skip(): void;
}

/** Goes on over the end of an epoch, so that epochs shorter than a second are reported too. */
function stepReport(now: () => number, batchSize: number): StepReport {
  let since = now();
  let [steps, busyMs, lossSum, correctSum] = [0, 0, 0, 0];
  return {
    add(loss, correct) {
      const at = now();
      steps++;
      busyMs += at - since;
      lossSum += loss;
      correctSum += correct;
      since = at;
      if (busyMs < REPORT_INTERVAL_MS) return undefined;
      const stepSeconds = busyMs / 1000 / steps;
      const averages = {
        loss: lossSum / steps,
        accuracy: correctSum / (steps * batchSize),
        imagesPerSecond: batchSize / stepSeconds,
        stepSeconds,
      };
      [steps, busyMs, lossSum, correctSum] = [0, 0, 0, 0];
      return averages;
    },
    skip() {
      since = now();
    },
  };
}
