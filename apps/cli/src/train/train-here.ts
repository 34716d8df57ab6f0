import { readGivenModels, startingPoint, writeModel } from '@fathom/artifacts';
import {
  datasetFacts,
  memoryWarning,
  type DatasetSpec,
  type EpochMetrics,
  type FinalMetrics,
  type StepMetrics,
  type TrainingConfig,
} from '@fathom/contracts';
import { defaultCacheDir, openDataset } from '@fathom/data';
import { openEngine, precisionWarning } from '@fathom/engine';
import { CheckpointMismatchError, resolveArchitecture, train } from '@fathom/resnet';
import { availableMemory } from '@fathom/runtime';
import { throwAsUsage, UsageError } from '../exit-codes';
import { KeptCheckpoints, stopWithCheckpoint, type CheckpointOptions } from './kept-checkpoints';
import { throughput } from './throughput';

export interface TrainHereOptions {
  readonly config: TrainingConfig;
  readonly dataset: DatasetSpec;
  /** CPU threads; TensorFlow's own choice where absent. */
  readonly threads?: number;
  /** Folder for the model; kept nowhere if absent. */
  readonly saveTo?: string;
  /** Where to keep checkpoints and go on from the newest; none are kept if absent. */
  readonly checkpoints?: CheckpointOptions;
  readonly signal: AbortSignal;
  readonly onProgress: (what: string) => void;
  readonly onStarted: (facts: TrainingFacts) => void;
  readonly onStep: (metrics: StepMetrics) => void;
  readonly onEpoch: (metrics: EpochMetrics) => void;
}

export interface TrainingFacts {
  readonly tensorflow: string;
  readonly device: string;
  /** Optimiser steps done before, as its checkpoint has it; else 0. */
  readonly resumedFromStep: number;
  /** Names, in the order of the class accuracies. */
  readonly classes: readonly string[];
  readonly images: { readonly train: number; readonly validation: number; readonly test: number };
}

export interface TrainingResult extends TrainingFacts {
  readonly config: TrainingConfig;
  readonly dataset: DatasetSpec;
  readonly epochs: readonly EpochMetrics[];
  readonly metrics: FinalMetrics;
  /** Training images per second without validation and warm-up; null where the training was too short to tell. */
  readonly imagesPerSecond: number | null;
}

/**
 * Trains one network in this process. With checkpoints, one that is interrupted and goes on ends with the same bits
 * as one that is not, on the same number of threads.
 *
 * @returns undefined where the signal stopped it
 * @throws ModelError where a model that the configuration names cannot be read
 * @throws UsageError where the configuration cannot work with this data, or the checkpoints are of another
 * @throws CheckpointStorageError where checkpoints cannot be read or written
 */
export async function trainHere(options: TrainHereOptions): Promise<TrainingResult | undefined> {
  const { checkpoints, onProgress } = options;
  if (checkpoints === undefined) return trainWith(options, undefined);
  const kept = await KeptCheckpoints.open(checkpoints, onProgress);
  try {
    return await trainWith(options, kept);
  } finally {
    await kept.close();
  }
}

async function trainWith(
  options: TrainHereOptions,
  kept: KeptCheckpoints | undefined,
): Promise<TrainingResult | undefined> {
  const { config, dataset, threads, checkpoints, onProgress } = options;
  const signal = kept === undefined ? options.signal : stopWithCheckpoint(options.signal);
  checkNetwork(config, dataset);
  const models = await readGivenModels(config, { resumed: kept?.resumeFrom !== undefined });
  const data = await openDataset(dataset, { cacheDir: defaultCacheDir(), onProgress, signal });
  const engine = openEngine(threads === undefined ? {} : { intraOpThreads: threads });
  const { train: training, validation, test } = data;
  const facts: TrainingFacts = {
    tensorflow: engine.tensorflowVersion,
    device: engine.device,
    resumedFromStep: kept?.resumeFrom?.step ?? 0,
    classes: data.classes,
    images: { train: training.count, validation: validation.count, test: test.count },
  };
  options.onStarted(facts);
  const slow = precisionWarning(config.precision, engine.device);
  if (slow !== undefined) onProgress(`warning: ${slow}`);
  const steps: StepMetrics[] = [];
  const epochs: EpochMetrics[] = [];
  const events = train({
    config,
    data,
    openSession: (savedModel) => engine.load(savedModel),
    target: engine.target,
    signal,
    now: () => performance.now(),
    checkpointEverySteps: checkpoints?.everySteps ?? 0,
    ...models,
    ...(kept?.resumeFrom === undefined ? {} : { resumeFrom: kept.resumeFrom }),
  });
  try {
    for await (const event of events) {
      kept?.writer.throwIfFailed();
      switch (event.type) {
        case 'planned': {
          const availableBytes = engine.device === 'cpu' ? availableMemory() : null;
          const warning = memoryWarning({ predictedBytes: event.memory.total, availableBytes });
          if (warning !== undefined) onProgress(`warning: ${warning}`);
          break;
        }
        case 'initialised':
          onProgress(startingPoint(config, data.classes, event.newHead));
          break;
        case 'resized':
          onProgress(`images of ${event.imageSize} px from epoch ${event.epoch} on`);
          break;
        case 'step':
          steps.push(event.metrics);
          options.onStep(event.metrics);
          break;
        case 'epoch':
          epochs.push(event.metrics);
          options.onEpoch(event.metrics);
          break;
        case 'checkpoint':
          kept?.writer.write(event.checkpoint);
          break;
        case 'paused':
          throw new Error('this training was not told to pause');
        case 'completed': {
          const { metrics, model } = event;
          if (options.saveTo !== undefined) await writeModel(options.saveTo, model);
          await kept?.writer.flush();
          return { ...facts, config, dataset, epochs, metrics, imagesPerSecond: throughput(steps) ?? null };
        }
      }
    }
    await kept?.writer.flush();
    const step = kept?.writer.writtenStep;
    if (step !== undefined)
      onProgress(`the checkpoint of step ${step} is written; the same command goes on from it`);
  } catch (error) {
    if (error instanceof CheckpointMismatchError)
      throw new UsageError(`${error.message}\nUse another --checkpoint-dir, or --no-resume to begin anew`);
    throwAsUsage(error);
  }
  return undefined;
}

/** Before images are fetched or decoded for a network that there is not. */
function checkNetwork(config: TrainingConfig, dataset: DatasetSpec): void {
  const { imageSize, classes = 2 } = datasetFacts(dataset);
  try {
    resolveArchitecture(config, { imageSize, channels: 3, classes });
  } catch (error) {
    throwAsUsage(error);
  }
}
