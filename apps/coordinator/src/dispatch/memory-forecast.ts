import {
  datasetFacts,
  microBatchOf,
  trainingMemoryKey,
  type DatasetSpec,
  type TrainingConfig,
} from '@fathom/contracts';
import { buildTrainingGraph, memoryModel, TENSORFLOW_BYTES, type Architecture } from '@fathom/resnet';
import { architectureOf } from '../sweeps/architecture-of';

/** Networks that are kept. */
const MAX_KEPT = 2_000;
/** Micro-batches between which, and beyond which, memory is a straight line. */
const POINTS = [8, 64] as const;
/**
 * Blocks in each stage of a network for CIFAR (He et al. 2015, section 4.2: three stages, two layers beside them), between
 * which and beyond which memory is a straight line as well: the graph of depth 1202 alone would keep all else waiting for
 * seconds, longer than a lease on a busy machine.
 */
const SHALLOW = [9, 18] as const;
const STAGES = 3;
const LAYERS_OUTSIDE = 2;
/** Memory does not depend on what the pixels are. */
const PIXELS = { mean: [0, 0, 0], std: [1, 1, 1] };

/** Bytes at a micro-batch of none, and for each image more. */
interface Line {
  readonly base: number;
  readonly perImage: number;
}

/**
 * Predicts what the process of a training takes at its peak, TensorFlow included. The graph of a network is built for two
 * micro-batches, some ten milliseconds each, and once for all configurations that differ in nothing else.
 */
export class MemoryForecast {
  private readonly lines = new Map<string, Line>();

  /**
   * @param microBatch images in memory at once; default: as the configuration says
   * @returns bytes
   */
  bytes(config: TrainingConfig, dataset: DatasetSpec, microBatch = microBatchOf(config)): number {
    const { imageSize } = datasetFacts(dataset);
    const key = `${trainingMemoryKey(config)} ${String(imageSize)}`;
    const line = this.lines.get(key) ?? lineOf(config, imageSize);
    if (this.lines.size >= MAX_KEPT) this.lines.clear();
    this.lines.set(key, line);
    // Graphs that are built here fuse no ops, for what they will run on is not known; CPUs fuse those in bfloat16.
    const compiler = config.precision === 'bfloat16' ? memoryModel.compilerBytes : 0;
    return Math.round(TENSORFLOW_BYTES + compiler + line.base + line.perImage * microBatch);
  }
}

function lineOf(config: TrainingConfig, imageSize: number): Line {
  const architecture = architectureOf(config, imageSize);
  const { family, depth, blocks } = architecture;
  const perStage = blocks.length / STAGES;
  if (family !== 'cifar' || config.stages !== '' || perStage <= SHALLOW[1])
    return measured(config, architecture);
  const layersPerBlock = (depth - LAYERS_OUTSIDE) / perStage;
  const [few, many] = SHALLOW.map((count) => {
    const shallow = { ...config, depth: LAYERS_OUTSIDE + layersPerBlock * count };
    return measured(shallow, architectureOf(shallow, imageSize));
  }) as [Line, Line];
  const beyond = (perStage - SHALLOW[0]) / (SHALLOW[1] - SHALLOW[0]);
  const at = (part: keyof Line) => few[part] + beyond * (many[part] - few[part]);
  return { base: at('base'), perImage: at('perImage') };
}

function measured(config: TrainingConfig, architecture: Architecture): Line {
  const [few, many] = POINTS.map(
    (batchSize) =>
      buildTrainingGraph(architecture, { ...config, batchSize, accumulationSteps: 1 }, PIXELS).memory.total,
  ) as [number, number];
  const perImage = (many - few) / (POINTS[1] - POINTS[0]);
  return { base: few - perImage * POINTS[0], perImage };
}
