import type { TrainingConfig } from '@fathom/contracts';
import {
  argMax,
  cast,
  equal,
  gradients,
  Graph,
  identity,
  initialisers,
  initialiseVariables,
  mean,
  multiply,
  normalise,
  packedBytes,
  placeholder,
  restoreVariables,
  sparseCrossEntropy,
  stack,
  sum,
  variable,
  writeSavedModel,
  type Tensor,
} from '@fathom/graph';
import type { Architecture } from '../architecture/architecture';
import { augment, cutOut, drawMixture } from './augmentation';
import { LossScaling } from './loss-scaling';
import { mixImages } from './mixup';
import { MovingAverages } from './moving-averages';
import { buildNetwork } from './network';
import { trainingLoss, type ObjectiveConfig } from './objective';
import { updateParameters, type UpdateConfig } from './update';
import type { ChannelStatistics } from '../training/channel-statistics';
import { Weights, type WeightsConfig } from './weights';

export type GraphConfig = UpdateConfig &
  ObjectiveConfig &
  WeightsConfig &
  Pick<TrainingConfig, 'batchSize' | 'augment' | 'cutout' | 'mixup' | 'precision' | 'emaDecay'>;

/** What a session of the graph is fed with: placeholder names. Images and labels are of one batch. */
export const feedNames = {
  /** int32 [ceil(batch size size channels / 4)]: the bytes of uint8 [batch, size, size, channels] */
  images: 'images',
  /** int32 [batch] */
  labels: 'labels',
  /** float32 [batch]: 1 for images that count, 0 for those that only fill the last batch of an evaluation */
  mask: 'mask',
  /** float32 [] */
  learningRate: 'learning_rate',
  /** int32 [2]: seed and step; decides the augmentation of the step */
  augmentKey: 'augment_key',
  /** int32 []: decides the initial weights */
  seed: 'seed',
} as const;

/** A SavedModel that trains and evaluates one network, and how to speak to its session. */
export interface TrainingGraph {
  readonly savedModel: Uint8Array;
  /** Fetch for one optimiser step: float32 [2], mean loss and number of correct images of the batch. */
  readonly step: string;
  /** Fetch for evaluation with running statistics: float32 [2], sum of losses and number of correct images. */
  readonly evaluate: string;
  /** Fetch that sets every variable to its initial value. */
  readonly initialise: string;
  /** Fetch that sets every variable to the values fed under `restorePlaceholder(name)`. */
  readonly restore: string;
  /** Everything a checkpoint has to hold: parameters, velocities, running statistics. */
  readonly state: readonly StateEntry[];
}

export interface StateEntry {
  readonly name: string;
  readonly shape: readonly number[];
  /** Fetch of its value. */
  readonly fetch: string;
}

export function buildTrainingGraph(
  architecture: Architecture,
  config: GraphConfig,
  pixels: ChannelStatistics,
): TrainingGraph {
  const graph = new Graph();
  const compute = config.precision;
  const { imageSize, channels } = architecture;
  const imageShape = [config.batchSize, imageSize, imageSize, channels];

  const images = packedBytes(graph, feedNames.images, imageShape);
  const labels = placeholder(graph, feedNames.labels, 'int32', [config.batchSize]);
  const learningRate = placeholder(graph, feedNames.learningRate, 'float32', []);
  const augmentKey = placeholder(graph, feedNames.augmentKey, 'int32', [2]);
  const weights = new Weights(graph, architecture, placeholder(graph, feedNames.seed, 'int32', []), config);
  const pixelMean = variable(graph, 'input.mean', [channels], initialisers.values(pixels.mean));
  const pixelStd = variable(graph, 'input.std', [channels], initialisers.values(pixels.std));
  const normalised = (bytes: Tensor<'uint8'>) =>
    graph.scope('normalise', () => normalise(bytes, pixelMean.value, pixelStd.value));
  const averages = config.emaDecay > 0 ? new MovingAverages(graph, weights, config.emaDecay) : undefined;
  const lossScaling = config.precision === 'float16' ? new LossScaling(graph) : undefined;

  const moved = graph.scope('augment', () => augment(images, augmentKey, config.augment));
  const mixture = graph.scope('mixup', () => drawMixture(augmentKey, config.mixup));
  const augmented = graph.scope('augment', () => {
    const whole = cutOut(normalised(moved), augmentKey, config.cutout);
    return mixture ? mixImages(whole, mixture) : whole;
  });
  const { logits, statisticsUpdates } = buildNetwork(
    architecture,
    weights,
    cast(augmented, compute),
    'training',
  );
  const loss = graph.scope('loss', () => mean(trainingLoss({ logits, labels, mixture }, config)));
  const correct = graph.scope('accuracy', () => sum(hits(logits, labels)));

  const parameters = weights.trained;
  const parameterGradients = gradients(
    lossScaling ? lossScaling.scaled(loss) : loss,
    parameters.map(({ value }) => value),
  );
  const updates = updateParameters(
    { parameters, gradients: parameterGradients, learningRate, statisticsUpdates, lossScaling, averages },
    config,
  );
  const step = identity(stack([loss, correct]), { name: 'step', after: [...updates, ...statisticsUpdates] });

  const evaluate = graph.scope('evaluation', () => {
    const mask = graph.rootScope(() => placeholder(graph, feedNames.mask, 'float32', [config.batchSize]));
    const values = averages ?? weights;
    const seen = buildNetwork(architecture, values, cast(normalised(images), compute), 'evaluation');
    const losses = sparseCrossEntropy(seen.logits, labels);
    return stack([sum(multiply(losses, mask)), sum(multiply(hits(seen.logits, labels), mask))]);
  });

  const initialise = initialiseVariables(graph);
  const restore = restoreVariables(graph, graph.variables);
  return {
    savedModel: writeSavedModel(graph),
    step: step.name,
    evaluate: evaluate.name,
    initialise: initialise.name,
    restore: restore.name,
    state: graph.variables.map(({ name, shape, value }) => ({ name, shape, fetch: value.name })),
  };
}

/** 1 where the largest logit is that of the label, else 0: [batch]. */
const hits = (logits: Tensor<'float32'>, labels: Tensor<'int32'>): Tensor<'float32'> =>
  cast(equal(argMax(logits, 'int64'), cast(labels, 'int64')), 'float32');
