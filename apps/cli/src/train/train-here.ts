import { writeModel } from '@fathom/artifacts';
import type { DatasetSpec, EpochMetrics, FinalMetrics, StepMetrics, TrainingConfig } from '@fathom/contracts';
import { defaultCacheDir, openDataset } from '@fathom/data';
import { openEngine } from '@fathom/engine';
import { ConfigurationError, train } from '@fathom/resnet';
import { UsageError } from '../exit-codes';
import { throughput } from './throughput';

export interface TrainHereOptions {
  readonly config: TrainingConfig;
  readonly dataset: DatasetSpec;
  /** CPU threads; TensorFlow's own choice where absent. */
  readonly threads?: number;
  /** Folder for the model; kept nowhere if absent. */
  readonly saveTo?: string;
  readonly signal: AbortSignal;
  readonly onProgress: (what: string) => void;
  readonly onStarted: (facts: TrainingFacts) => void;
  readonly onStep: (metrics: StepMetrics) => void;
  readonly onEpoch: (metrics: EpochMetrics) => void;
}

export interface TrainingFacts {
  readonly tensorflow: string;
  readonly device: string;
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
 * Trains one network in this process.
 *
 * @returns undefined where the signal stopped it
 * @throws UsageError where the configuration cannot work with this data
 */
export async function trainHere(options: TrainHereOptions): Promise<TrainingResult | undefined> {
  const { config, dataset, threads, signal, onProgress } = options;
  const data = await openDataset(dataset, { cacheDir: defaultCacheDir(), onProgress, signal });
  const engine = openEngine(threads === undefined ? {} : { intraOpThreads: threads });
  const { train: training, validation, test } = data;
  const facts: TrainingFacts = {
    tensorflow: engine.tensorflowVersion,
    device: engine.device,
    images: { train: training.count, validation: validation.count, test: test.count },
  };
  options.onStarted(facts);
  const steps: StepMetrics[] = [];
  const epochs: EpochMetrics[] = [];
  const events = train({
    config,
    data,
    openSession: (savedModel) => engine.load(savedModel),
    signal,
    now: () => performance.now(),
  });
  try {
    for await (const event of events)
      switch (event.type) {
        case 'step':
          steps.push(event.metrics);
          options.onStep(event.metrics);
          break;
        case 'epoch':
          epochs.push(event.metrics);
          options.onEpoch(event.metrics);
          break;
        case 'checkpoint':
          break; // a training without services keeps none
        case 'completed': {
          const { metrics, model } = event;
          if (options.saveTo !== undefined) await writeModel(options.saveTo, model);
          return { ...facts, config, dataset, epochs, metrics, imagesPerSecond: throughput(steps) ?? null };
        }
      }
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(error.message);
    throw error;
  }
  return undefined;
}
