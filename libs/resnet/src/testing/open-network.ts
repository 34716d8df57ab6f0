import { trainingConfigSchema, type TrainingConfig } from '@fathom/contracts';
import type { Engine } from '@fathom/engine';
import type { Target } from '@fathom/graph';
import { resolveArchitecture } from '../architecture/architecture';
import { buildTrainingGraph } from '../graph/training-graph';
import type { ImageSourceSpec } from '../graph/image-source';
import { batchesOf, imagesOf } from '../training/batches';
import { channelStatistics, type ChannelStatistics } from '../training/channel-statistics';
import { NetworkSession } from '../training/network-session';
import type { TrainingData } from '../training/training-data';
import { stripedImages } from './striped-images';

export interface OpenNetworkOptions {
  readonly images?: ImageSourceSpec['kind'];
  readonly data?: TrainingData;
  /** By which images are normalised; those of `data` where absent. */
  readonly pixels?: ChannelStatistics;
  /** What the graph is for; what the engine runs on where absent. */
  readonly target?: Target;
}

/** A network in a session, with its initial weights, and a batch of the first training images to step with. */
export function openNetwork(
  engine: Engine,
  more: Partial<TrainingConfig> & { readonly depth: number },
  { images: kind = 'fed', data = stripedImages(), pixels, target = engine.target }: OpenNetworkOptions = {},
) {
  const config = trainingConfigSchema.parse({ batchSize: 32, augment: 'none', ...more });
  const [imageSize, , channels] = data.imageShape;
  const architecture = resolveArchitecture(config, { imageSize, channels, classes: data.classes.length });
  const images: ImageSourceSpec = kind === 'fed' ? { kind } : { kind, count: imagesOf(data) };
  const statistics = pixels ?? channelStatistics(data.train, channels);
  const graph = buildTrainingGraph(architecture, config, statistics, images, { target });
  const runner = engine.load(graph.savedModel);
  const network = new NetworkSession(graph, runner);
  network.initialise(config.seed);
  network.fill(data);
  const rows = graph.train.maximum * graph.rowsPerStep;
  const batches = batchesOf(data, { rowSize: graph.rowSize, rows, rowsPerStep: graph.rowsPerStep, images });
  const firstImages = Array.from({ length: config.batchSize }, (_, i) => i);
  return {
    graph,
    architecture,
    config,
    data,
    network,
    batches,
    runner,
    /** Optimiser steps in one call, all with the first batch of images. */
    steps: (learningRates: readonly number[], stepsDone = 0, seed = 0) => {
      learningRates.forEach((_, i) => {
        batches.put(i * config.batchSize, 'train', firstImages);
      });
      return network.train(batches, { learningRates, seed, stepsDone });
    },
  };
}
