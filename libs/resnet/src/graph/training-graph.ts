import type { TrainingConfig } from '@fathom/contracts';
import {
  add,
  argMax,
  cast,
  constant,
  equal,
  gradients,
  Graph,
  initialisers,
  initialiseVariables,
  inTop,
  loopRows,
  mean,
  multiply,
  normalise,
  placeholder,
  resize,
  restoreVariables,
  series,
  sparseCrossEntropy,
  stack,
  sum,
  variable,
  writeSavedModel,
  type Target,
  type Tensor,
} from '@fathom/graph';
import type { Architecture } from '../architecture/architecture';
import { countParameters } from '../architecture/counting';
import { epochsBySize, type ResizingConfig } from '../architecture/image-sizes';
import type { ChannelStatistics } from '../training/channel-statistics';
import { accumulated, type BatchGradients } from './accumulation';
import { augment, cutOut, drawMixture, flipsAlternate, type FlippingConfig } from './augmentation';
import { endsClean, type CleaningConfig } from './clean-epochs';
import { feedNames } from './feeds';
import { imageSource, type Filling, type ImageSourceSpec } from './image-source';
import { LossScaling } from './loss-scaling';
import { mixImages } from './mixup';
import { MovingAverages } from './moving-averages';
import { buildInference, buildTraining } from './network';
import { trainingLoss, type ObjectiveConfig } from './objective';
import { OptimizerState } from './optimizer-state';
import { TeacherNetwork, type Teacher, type TeacherFilling } from './teacher';
import { trainingMemory, type TrainingMemory } from './training-memory';
import { updateParameters, type UpdateConfig } from './update';
import { Weights, type WeightsConfig } from './weights';

export type GraphConfig = UpdateConfig &
  ObjectiveConfig &
  WeightsConfig &
  Pick<TrainingConfig, 'batchSize' | 'accumulationSteps' | 'precision' | 'emaDecay'> &
  CleaningConfig &
  FlippingConfig &
  ResizingConfig;

/** A SavedModel that trains and evaluates one network, and how to speak to its session: feeds are `feedNames`. */
export interface TrainingGraph {
  readonly savedModel: Uint8Array;
  /** Images of a row, the part of a batch that goes through the network at once. */
  readonly rowSize: number;
  /** Rows of an optimiser step. */
  readonly rowsPerStep: number;
  /** On images of their own size. */
  readonly train: Fetch;
  readonly evaluate: Fetch;
  /** The same by the size that images are given first: their own, and smaller ones that the training begins with. */
  readonly bySize: ReadonlyMap<number, Pick<TrainingGraph, 'train' | 'evaluate'>>;
  /** Whether steps are told if they have cutout and mixup: the last epochs have not. */
  readonly endsClean: boolean;
  /** Where the images are resident. */
  readonly filling: Filling | undefined;
  /** Where it learns from a teacher. */
  readonly teacher: TeacherFilling | undefined;
  /** Fetch that sets every variable to its initial value. */
  readonly initialise: string;
  /** Fetch that sets every variable to the values fed under `restorePlaceholder(name)`. */
  readonly restore: string;
  /** What a step is predicted to take. */
  readonly memory: TrainingMemory;
  /** Everything a checkpoint has to hold: parameters, velocities, running statistics. */
  readonly state: readonly StateEntry[];
}

/**
 * A fetch of one result for each step or row of a call: float32 [maximum, ...shape].
 * train: mean loss, number of correct images, and whether the step counts (1; 0 where float16 overflowed): [3].
 * evaluate, with running statistics: loss, predicted class, and whether the label is among the five largest logits
 * (0 or 1) of each image: [3, rowSize].
 */
export interface Fetch {
  readonly name: string;
  /** Steps or rows that a call may run at most. */
  readonly maximum: number;
}

export interface StateEntry {
  readonly name: string;
  readonly shape: readonly number[];
  /** Fetch of its value. */
  readonly fetch: string;
}

const MAXIMUM_STEPS = 128;
const MAXIMUM_EVALUATED_ROWS = 32;

export interface TrainingGraphOptions {
  /** Of whose logits the network learns as well, where `distillWeight` is not 0. */
  readonly teacher?: Teacher | undefined;
  /** What it is to run on. */
  readonly target?: Target | undefined;
}

export function buildTrainingGraph(
  architecture: Architecture,
  config: GraphConfig,
  pixels: ChannelStatistics,
  images: ImageSourceSpec = { kind: 'fed' },
  { teacher, target }: TrainingGraphOptions = {},
): TrainingGraph {
  const graph = new Graph(target);
  const { channels, imageSize } = architecture;
  const { accumulationSteps: rowsPerStep } = config;
  const rowSize = config.batchSize / rowsPerStep;

  const source = imageSource(graph, images, rowSize, architecture);
  const [count, seed, firstRow] = [feedNames.count, feedNames.seed, feedNames.firstRow].map((name) =>
    placeholder(graph, name, 'int32', []),
  ) as [Tensor<'int32'>, Tensor<'int32'>, Tensor<'int32'>];
  const learningRates = series(graph, feedNames.learningRates, 'float32', []);
  const disturbance = endsClean(config)
    ? placeholder(graph, feedNames.disturbance, 'float32', [])
    : undefined;
  const mirrored = flipsAlternate(config) ? series(graph, feedNames.mirrored, 'int32', [rowSize]) : undefined;
  const weights = new Weights(graph, architecture, seed, config);
  const pixelMean = variable(graph, 'input.mean', [channels], initialisers.values(pixels.mean));
  const pixelStd = variable(graph, 'input.std', [channels], initialisers.values(pixels.std));
  const averages = config.emaDecay > 0 ? new MovingAverages(weights, config.emaDecay) : undefined;
  const lossScaling = config.precision === 'float16' ? new LossScaling(graph) : undefined;
  const state = new OptimizerState(graph);
  const taught = teacher && config.distillWeight > 0 ? new TeacherNetwork(graph, teacher) : undefined;
  const normalised = (bytes: Tensor<'uint8'>) =>
    graph.scope('normalise', () => normalise(bytes, pixelMean.value, pixelStd.value));

  const gradientsOf = (row: Tensor<'int32'>, size: number): BatchGradients => {
    const { images: bytes, labels } = source.at(row);
    const key = stack([seed, add(firstRow, row)]);
    const moved = graph.scope('augment', () =>
      augment(bytes, key, { kind: config.augment, size, mirrored: mirrored?.at(row) }),
    );
    const mixture = graph.scope('mixup', () => drawMixture(key, config.mixup, disturbance));
    const augmented = (whole: Tensor<'float32'>) =>
      graph.scope('augment', () => {
        const cut = cutOut(whole, key, config.cutout, disturbance);
        return cast(mixture ? mixImages(cut, mixture) : cut, config.precision);
      });
    const input = augmented(normalised(moved));
    const teacherLogits = taught?.logits(augmented(normalise(moved, taught.mean, taught.std)));
    const { logits, statisticsUpdates } = buildTraining(architecture, weights, input);
    const loss = graph.scope('loss', () =>
      mean(trainingLoss({ logits, labels, mixture, teacherLogits }, config)),
    );
    return {
      loss,
      correct: graph.scope('accuracy', () => sum(hits(argMax(logits, 'int64'), labels))),
      gradients: gradients(
        lossScaling ? lossScaling.scaled(loss) : loss,
        weights.trained.map(({ value }) => value),
      ),
      statisticsUpdates,
    };
  };

  const stepsAt = (size: number) =>
    loopRows({ name: 'steps', count, maximum: MAXIMUM_STEPS, row: [3] }, (step) => {
      const shapes = weights.trained.map(({ shape }) => shape);
      const begin = multiply(step, constant(graph, 'int32', rowsPerStep));
      const batch = accumulated(graph, rowsPerStep, shapes, (part) => gradientsOf(add(begin, part), size));
      const learningRate = learningRates.at(step);
      const { changes, usable } = updateParameters(
        { ...batch, parameters: weights.trained, learningRate, state, lossScaling, averages },
        config,
      );
      const counts = usable ? cast(usable, 'float32') : constant(graph, 'float32', 1);
      return {
        row: stack([batch.loss, batch.correct, counts]),
        after: [...changes, ...batch.statisticsUpdates],
      };
    });
  const evaluateAt = (size: number) =>
    graph.scope('evaluation', () =>
      loopRows({ name: 'rows', count, maximum: MAXIMUM_EVALUATED_ROWS, row: [3, rowSize] }, (row) => {
        const { images: bytes, labels } = source.at(row);
        const input = cast(normalised(resize(bytes, [size, size])), config.precision);
        const logits = buildInference(architecture, averages?.of(weights) ?? weights, input);
        const among = inTop(logits, labels, Math.min(5, architecture.classes));
        return {
          row: stack([
            sparseCrossEntropy(logits, labels),
            cast(argMax(logits, 'int64'), 'float32'),
            cast(among, 'float32'),
          ]),
        };
      }),
    );

  const [steps, rows] = [stepsAt(imageSize), evaluateAt(imageSize)];
  const fetches = (train: Tensor, evaluate: Tensor) => ({
    train: { name: train.name, maximum: MAXIMUM_STEPS },
    evaluate: { name: evaluate.name, maximum: MAXIMUM_EVALUATED_ROWS },
  });
  const whole = fetches(steps, rows);
  const bySize = new Map([[imageSize, whole]]);
  for (const size of epochsBySize(config, imageSize).keys())
    if (size !== imageSize)
      graph.scope(`at${String(size)}`, () => bySize.set(size, fetches(stepsAt(size), evaluateAt(size))));

  const initialise = initialiseVariables(graph);
  const restore = restoreVariables(graph, graph.variables);
  return {
    savedModel: writeSavedModel(graph),
    rowSize,
    rowsPerStep,
    ...whole,
    bySize,
    endsClean: disturbance !== undefined,
    filling: source.filling,
    teacher: taught?.filling,
    initialise: initialise.name,
    restore: restore.name,
    memory: trainingMemory(graph, {
      step: steps.operation,
      parameters: countParameters(architecture),
      teacherBytes: taught?.filling.bytes ?? 0,
    }),
    state: graph.variables.flatMap(({ parts }) =>
      parts.map(({ name, shape, value }) => ({ name, shape, fetch: value.name })),
    ),
  };
}

/** 1 where the class is that of the label, else 0: [batch]. */
const hits = (classes: Tensor<'int64'>, labels: Tensor<'int32'>): Tensor<'float32'> =>
  cast(equal(classes, cast(labels, 'int64')), 'float32');
