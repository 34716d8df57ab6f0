import {
  changeableParameters,
  type EpochMetrics,
  type FinalMetrics,
  type ParameterName,
  type StepMetrics,
  type TrainingConfig,
  type TrainingPhase,
} from '@fathom/contracts';
import type { GraphRunner, Target } from '@fathom/graph';
import type { SafeTensor } from '@fathom/safetensors';
import { resolveArchitecture } from '../architecture/architecture';
import { trainedModel, type TrainedModel } from '../model/trained-model';
import { batchesOf, imageBytesOf, imagesOf } from './batches';
import { channelStatistics } from './channel-statistics';
import { beginning, type Checkpoint } from './checkpoint';
import { countMacs, countParameters } from '../architecture/counting';
import { architectureAt, imageSizeAt } from '../architecture/image-sizes';
import { DivergedError } from './diverged-error';
import { evaluate, testMetrics } from './evaluation';
import { nextTurn } from './event-loop';
import { AlternatingFlips } from './flips';
import { initialWeights, startFrom } from './initial-weights';
import { NetworkSession } from './network-session';
import { Pace } from './pace';
import { phaseTimer } from './phase-timer';
import { RunState } from './run-state';
import { learningRateAt } from './schedules';
import { StepReport } from './step-report';
import { StopRequest } from './stop-request';
import { checkTrainingData, type TrainingData } from './training-data';
import { flipsAlternate } from '../graph/augmentation';
import { isClean } from '../graph/clean-epochs';
import type { ImageSourceSpec } from '../graph/image-source';
import { teacherOf } from '../graph/teacher';
import { buildTrainingGraph } from '../graph/training-graph';
import type { TrainingMemory } from '../graph/training-memory';

export type TrainingEvent =
  /** Before anything runs. `macs`: multiply-accumulates of one image's forward pass. */
  | { readonly type: 'planned'; readonly memory: TrainingMemory; readonly macs: number }
  /** It starts from given weights; with a dense layer of its own where theirs is for other classes. */
  | { readonly type: 'initialised'; readonly newHead: boolean }
  /** Images have another size from this epoch on; before the first of these, that of the data set. */
  | { readonly type: 'resized'; readonly epoch: number; readonly imageSize: number; readonly macs: number }
  | { readonly type: 'step'; readonly metrics: StepMetrics }
  | { readonly type: 'epoch'; readonly metrics: EpochMetrics }
  | { readonly type: 'checkpoint'; readonly checkpoint: Checkpoint }
  /** It has got to `untilEpoch`, which is not its last; the checkpoint before is the one to go on from. */
  | { readonly type: 'paused'; readonly metrics: EpochMetrics }
  | { readonly type: 'completed'; readonly metrics: FinalMetrics; readonly model: TrainedModel };

export interface TrainOptions {
  readonly config: TrainingConfig;
  readonly data: TrainingData;
  /** Loads a SavedModel into a session, which `train` closes. */
  readonly openSession: (savedModel: Uint8Array) => GraphRunner;
  /** What sessions run on; any CPU or GPU where absent. */
  readonly target?: Target;
  /** Ends the training between two steps. With a `StopRequest` as its reason it may ask for a checkpoint. */
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Goes on from here, bit for bit as if it had never stopped. */
  readonly resumeFrom?: Checkpoint;
  /**
   * Parameters of which `resumeFrom` and `cloneFrom` may have another value, such as `accumulationSteps`. Where they
   * have, the result is not that of one training bit for bit.
   */
  readonly resumeMayDiffer?: ReadonlySet<ParameterName>;
  /**
   * Goes on from here as a copy of another training with changed settings: those of `changeableParameters` may differ.
   * Seconds of training count from the beginning of the other. `resumeFrom` has precedence.
   */
  readonly cloneFrom?: Checkpoint;
  /** Pauses after this many epochs, where it is not the last. The schedule is still that of the whole training. */
  readonly untilEpoch?: number;
  /** Weights to start from, by torchvision's names, in torchvision's layout; `resumeFrom` has precedence. */
  readonly initialState?: Readonly<Record<string, SafeTensor>>;
  /** The model to learn from beside the labels: one of the same classes and image shape. */
  readonly teacher?: TrainedModel;
  /** Beside those at the end of each epoch; 0 or absent: none. */
  readonly checkpointEverySteps?: number;
  /** Data sets of up to so many bytes of pixels are kept in the memory of the device. Default: 1 GiB. */
  readonly residentBytes?: number;
  /** Called again and again while a split is evaluated. */
  readonly onEvaluation?: () => void;
  /** Told what the time goes to, in seconds; what is left over goes to the caller and to nothing in particular. */
  readonly onTime?: (phase: TrainingPhase, seconds: number) => void;
}

const RESIDENT_BYTES = 2 ** 30;

/** float16 leaves out steps until its loss scale fits; if it never does, the loss itself is the problem. */
const MAX_STEPS_LEFT_OUT = 100;

/**
 * Trains one network from its first step, or a checkpoint, to its last, and tells about it as it goes. Ends without
 * `completed` where the signal stopped it, and with `paused` where it was to pause.
 *
 * @throws ArchitectureError, ConfigurationError before anything runs, where the configuration cannot work
 * @throws CheckpointMismatchError before anything runs, where `resumeFrom` or `cloneFrom` is of another configuration or data set
 * @throws DivergedError where a loss is not finite
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainingEvent, void, void> {
  const { config, data, signal, now, checkpointEverySteps = 0, residentBytes = RESIDENT_BYTES } = options;
  const { resumeFrom, cloneFrom, untilEpoch = Infinity, resumeMayDiffer = new Set(), onEvaluation } = options;
  const timed = phaseTimer(now, options.onTime);
  const [imageSize, , channels] = data.imageShape;
  checkTrainingData(data, config);
  const architecture = resolveArchitecture(config, { imageSize, channels, classes: data.classes.length });
  const teacher = teacherOf(config, options.teacher, data);
  const run = new RunState(config, data, teacher);
  const start = resumeFrom ?? cloneFrom;
  const progress = start
    ? run.progressOf(
        start,
        start === resumeFrom ? resumeMayDiffer : new Set([...changeableParameters, ...resumeMayDiffer]),
      )
    : beginning();
  const initial = start ? undefined : initialWeights(architecture, config, options.initialState);
  const images: ImageSourceSpec =
    imagesOf(data) * imageBytesOf(data) <= residentBytes
      ? { kind: 'resident', count: imagesOf(data) }
      : { kind: 'fed' };
  const pixels = channelStatistics(data.train, channels);
  const graph = buildTrainingGraph(architecture, config, pixels, images, {
    teacher,
    target: options.target,
  });
  const { rowSize, rowsPerStep } = graph;
  yield { type: 'planned', memory: graph.memory, macs: countMacs(architecture) };
  const network = new NetworkSession(graph, options.openSession(graph.savedModel));
  const batches = batchesOf(data, {
    rowSize,
    rows: graph.train.maximum * rowsPerStep,
    rowsPerStep,
    images,
  });
  const evaluation = { network, graph, batches, classes: data.classes.length, signal, now, onEvaluation };
  const stepsPerEpoch = Math.floor(data.train.count / config.batchSize);
  const imagesPerEpoch = stepsPerEpoch * config.batchSize;
  const parameters = countParameters(architecture);
  const flips = flipsAlternate(config) ? new AlternatingFlips(data.train.count, config.seed) : undefined;
  let trainedSize = imageSize;

  const checkpoint = (): TrainingEvent => ({
    type: 'checkpoint',
    checkpoint: timed('checkpoint', () => ({
      step: progress.step,
      state: run.stateOf(progress),
      tensors: network.snapshot(),
    })),
  });
  const wantsCheckpoint = () => signal.reason instanceof StopRequest && signal.reason.checkpoint;
  const lap = stopwatch(now);
  const report = new StepReport(now, config.batchSize);
  const pace = new Pace(now, Math.min(graph.train.maximum, Math.floor(batches.rows / rowsPerStep)));
  const nextCheckpoint = (step: number) =>
    checkpointEverySteps > 0 ? step + checkpointEverySteps - (step % checkpointEverySteps) : Infinity;
  const countTime = () => {
    const seconds = lap();
    progress.epochSeconds += seconds;
    progress.trainSeconds += seconds;
  };

  try {
    if (start) network.restore(start);
    else network.initialise(config.seed);
    if (initial) {
      startFrom(network, initial);
      yield { type: 'initialised', newHead: initial.newHead };
    }
    timed('data', () => network.fill(data));
    if (teacher) network.teach(teacher);

    while (progress.epochsDone < config.epochs) {
      if (progress.epochsDone >= untilEpoch && progress.lastEpoch) {
        yield { type: 'paused', metrics: progress.lastEpoch };
        return;
      }
      const epoch = progress.epochsDone;
      const order = run.orderOf(epoch);
      const clean = isClean(config, epoch);
      const size = imageSizeAt(config, imageSize, epoch);
      if (size !== trainedSize) {
        trainedSize = size;
        network.resizeImages(size);
        const macs = countMacs(architectureAt(config, architecture, size));
        yield { type: 'resized', epoch: epoch + 1, imageSize: size, macs };
      }
      report.skip();

      while (progress.step < (epoch + 1) * stepsPerEpoch) {
        await nextTurn();
        if (signal.aborted) {
          countTime();
          if (wantsCheckpoint()) yield checkpoint();
          return;
        }
        const { step } = progress;
        const steps = pace.begin(Math.min((epoch + 1) * stepsPerEpoch, nextCheckpoint(step)) - step);
        const from = (step - epoch * stepsPerEpoch) * config.batchSize;
        const taken = order.subarray(from, from + steps * config.batchSize);
        timed('data', () => batches.put(0, 'train', taken));
        const mirrored = flips?.of(taken, epoch);
        const learningRates = Array.from({ length: steps }, (_, i) =>
          learningRateAt(config, step + i, stepsPerEpoch),
        );
        const results = timed('step', () =>
          network.train(batches, { learningRates, seed: config.seed, stepsDone: step, clean, mirrored }),
        );
        pace.end(steps);
        for (const { loss, correct, counts } of results) {
          progress.step++;
          progress.leftOutInARow = counts ? 0 : progress.leftOutInARow + 1;
          progress.epochCorrect += correct;
          if (Number.isFinite(loss)) progress.epochLoss += loss;
          else if (counts || progress.leftOutInARow > MAX_STEPS_LEFT_OUT)
            throw new DivergedError(`training loss of step ${String(progress.step)}`, loss);
          else progress.epochLossless++;
        }

        const averages = report.add(results);
        if (averages) {
          const learningRate = learningRateAt(config, progress.step - 1, stepsPerEpoch);
          const metrics = {
            step: progress.step,
            epoch: progress.step / stepsPerEpoch,
            learningRate,
            ...averages,
          };
          yield { type: 'step', metrics };
        }
        if (checkpointEverySteps > 0 && progress.step % checkpointEverySteps === 0) {
          countTime();
          yield checkpoint();
        }
      }

      const validation = await timed('evaluation', () => evaluate(evaluation, 'validation', data.validation));
      countTime();
      if (!validation) {
        if (wantsCheckpoint()) yield checkpoint();
        return;
      }
      const metrics: EpochMetrics = {
        epoch: epoch + 1,
        step: progress.step,
        trainLoss: progress.epochLoss / Math.max(1, stepsPerEpoch - progress.epochLossless),
        trainError: 1 - progress.epochCorrect / imagesPerEpoch,
        validationLoss: validation.loss,
        validationError: validation.error,
        learningRate: learningRateAt(config, progress.step - 1, stepsPerEpoch),
        seconds: progress.epochSeconds,
        imagesPerSecond: imagesPerEpoch / Math.max(progress.epochSeconds, 1e-9),
        trainSeconds: progress.trainSeconds,
        parameters,
      };
      progress.epochsDone++;
      progress.lastEpoch = metrics;
      progress.epochLoss = progress.epochLossless = progress.epochCorrect = progress.epochSeconds = 0;
      yield { type: 'epoch', metrics };
      yield checkpoint();
    }

    const test = await timed('evaluation', () => evaluate(evaluation, 'test', data.test));
    countTime();
    if (!test) {
      if (wantsCheckpoint()) yield checkpoint();
      return;
    }
    if (!progress.lastEpoch) throw new RangeError('the checkpoint has no epoch');
    const metrics = {
      ...progress.lastEpoch,
      ...testMetrics(test),
      trainSeconds: progress.trainSeconds,
    } satisfies FinalMetrics;
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
