import { trainingConfigSchema, type TrainingConfig } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import {
  buildTrainingGraph,
  channelStatistics,
  resolveArchitecture,
  train,
  type Checkpoint,
  type ImageSet,
  type TrainedModel,
  type TrainingData,
} from '@fathom/resnet';
import { stripedImages } from '../../libs/resnet/src/testing/striped-images';
import { batchesOf } from '../../libs/resnet/src/training/batches';
import { NetworkSession } from '../../libs/resnet/src/training/network-session';

export interface TrainedNet {
  readonly model: TrainedModel;
  /** [IMAGES, size, size, 3] */
  readonly images: Uint8Array;
  /** What the graph that trained the net says of each image, when it evaluates: log of the probabilities. */
  readonly logProbabilities: readonly (readonly number[])[];
}

const IMAGES = 12;

/** Trains a net for a few steps, so that no weight and no running statistic is what it was at the start. */
export async function trainNet(settings: Partial<TrainingConfig> & { depth: number }): Promise<TrainedNet> {
  const config = trainingConfigSchema.parse({ batchSize: 16, epochs: 1, learningRate: 0.02, ...settings });
  const data = withFewImages(stripedImages());
  let last: Checkpoint | undefined;
  for await (const event of train({
    config,
    data,
    openSession: (savedModel) => openEngine().load(savedModel),
    signal: new AbortController().signal,
    now: () => performance.now(),
  })) {
    if (event.type === 'checkpoint') last = event.checkpoint;
    if (event.type !== 'completed') continue;
    if (!last) throw new Error('the training had no checkpoint');
    const logProbabilities = evaluatedLogProbabilities(config, data, last);
    return { model: event.model, images: data.test.images, logProbabilities };
  }
  throw new Error('the training did not complete');
}

function withFewImages(data: TrainingData): TrainingData {
  const [size, , channels] = data.imageShape;
  const first = (set: ImageSet, count: number): ImageSet => ({
    count,
    images: set.images.slice(0, count * size * size * channels),
    labels: set.labels.slice(0, count),
  });
  return {
    ...data,
    train: first(data.train, 64),
    validation: first(data.validation, 8),
    test: first(data.test, IMAGES),
  };
}

/** The graph tells the loss of a label, which is -log of its probability; so it is asked for every label in turn. */
function evaluatedLogProbabilities(
  config: TrainingConfig,
  data: TrainingData,
  checkpoint: Checkpoint,
): number[][] {
  const [imageSize, , channels] = data.imageShape;
  const architecture = resolveArchitecture(config, { imageSize, channels, classes: data.classes.length });
  const graph = buildTrainingGraph(architecture, config, channelStatistics(data.train, channels));
  const network = new NetworkSession(graph, openEngine().load(graph.savedModel));
  try {
    network.restore(checkpoint);
    const losses = data.classes.map((_, label) => {
      const asked = { ...data, test: { ...data.test, labels: new Uint8Array(IMAGES).fill(label) } };
      const batches = batchesOf(asked, {
        rowSize: graph.rowSize,
        rows: 1,
        rowsPerStep: 1,
        images: { kind: 'fed' },
      });
      batches.put(
        0,
        'test',
        Array.from({ length: IMAGES }, (_, i) => i),
      );
      return network.evaluate(batches, 1)[0]?.losses ?? new Float32Array();
    });
    return Array.from({ length: IMAGES }, (_, image) => losses.map((ofLabel) => -(ofLabel[image] ?? NaN)));
  } finally {
    network.close();
  }
}

/** Nets whose exports have to be said in different ways. */
export const nets: readonly (readonly [string, Partial<TrainingConfig> & { depth: number }])[] = [
  [
    'CIFAR stem, zero-padded shortcuts, averaged weights',
    { depth: 8, shortcut: 'zero-pad', width: 0.5, emaDecay: 0.5 },
  ],
  ['CIFAR stem, plain', { depth: 8, width: 0.25, variant: 'plain' }],
  ['ImageNet stem, basic blocks', { depth: 18, family: 'imagenet', width: 0.125 }],
  ['ImageNet stem, bottlenecks', { depth: 50, family: 'imagenet', width: 0.125 }],
];

/** log softmax */
export function logSoftmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const largest = Math.max(...values);
  const total = Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0)) + largest;
  return values.map((value) => value - total);
}

/** Fails where a number is further away from what it should be than 1e-4, or than 1e-4 of it. */
export function expectClose(
  given: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
): void {
  expect(given.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  const worst = Math.max(
    ...given.flatMap((row, i) =>
      row.map((value, j) => {
        const target = expected[i]?.[j] ?? NaN;
        const difference = Math.abs(value - target) / Math.max(1, Math.abs(target));
        return Number.isNaN(difference) ? Infinity : difference;
      }),
    ),
  );
  expect(worst).toBeLessThan(1e-4);
}
