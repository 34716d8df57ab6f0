import { datasetFacts, type DatasetSpec, type TrainingConfig } from '@fathom/contracts';
import { epochsBySize, imageSizeAt } from '@fathom/resnet';
import { CostModel, type EpochWork, type MeasuredEpoch, type PredictedSeconds } from '@fathom/search';
import type { RecentEpoch, Store } from '@fathom/store';
import { networkCost } from '../sweeps/network-cost';

/** Epochs that the model of costs learns from. */
const MEASURED_EPOCHS = 400;

/** What this fleet is known to take for an epoch. */
export interface FleetCosts {
  readonly model: CostModel;
  /** Training images, after the validation split, of a data set that was trained on before. */
  trainImagesOf(dataset: DatasetSpec): number | undefined;
}

/** Learns from the newest trials in the database. */
export async function fleetCosts(store: Store): Promise<FleetCosts> {
  const epochs = await store.metrics.recentEpochs(MEASURED_EPOCHS);
  const images = new Map(epochs.map((epoch) => [JSON.stringify(epoch.dataset), imagesOf(epoch)]));
  return {
    model: CostModel.from(epochs.map(measuredEpoch).filter(({ trainImages }) => trainImages > 0)),
    trainImagesOf: (dataset) => images.get(JSON.stringify(dataset)),
  };
}

/** What epochs of a configuration take, in the mean of those after `from` up to and with `to`; by default all. */
export type EpochPredictor = (config: TrainingConfig, from?: number, to?: number) => PredictedSeconds;

/**
 * Predicts epochs on a data set. Images may have several sizes in a training; each is predicted once for as long as
 * somebody has the configuration.
 */
export function epochPredictor(
  { model }: Pick<FleetCosts, 'model'>,
  { dataset, trainImages }: { readonly dataset: DatasetSpec; readonly trainImages: number },
): EpochPredictor {
  const { imageSize } = datasetFacts(dataset);
  const known = new WeakMap<TrainingConfig, Map<number, PredictedSeconds>>();
  const predict = (config: TrainingConfig, size: number): PredictedSeconds => {
    let bySize = known.get(config);
    if (bySize === undefined) known.set(config, (bySize = new Map<number, PredictedSeconds>()));
    const found = bySize.get(size) ?? model.predict(epochWork(config, dataset, trainImages, size));
    bySize.set(size, found);
    return found;
  };
  return (config, from = 0, to = config.epochs) => {
    const sum = { expected: 0, low: 0, high: 0 };
    for (const [size, epochs] of epochsBySize(config, imageSize, from, to)) {
      const { expected, low, high } = predict(config, size);
      const share = epochs / (to - from);
      sum.expected += share * expected;
      sum.low += share * low;
      sum.high += share * high;
    }
    return sum;
  };
}

/**
 * An epoch of a configuration on so many training images, with the evaluation of its validation images.
 *
 * @param size that images are given in this epoch
 */
function epochWork(
  config: TrainingConfig,
  dataset: DatasetSpec,
  trainImages: number,
  size: number,
): EpochWork {
  const { validationFraction: share } = dataset;
  const { imageSize } = datasetFacts(dataset);
  return {
    network: networkCost(config, imageSize, size),
    precision: config.precision,
    batchSize: config.batchSize,
    trainImages,
    validationImages: Math.round((trainImages * share) / (1 - share)),
  };
}

const imagesOf = ({ metrics }: RecentEpoch): number => Math.round(metrics.seconds * metrics.imagesPerSecond);

function measuredEpoch(measured: RecentEpoch): MeasuredEpoch {
  const { config, dataset, metrics } = measured;
  const size = imageSizeAt(config, datasetFacts(dataset).imageSize, metrics.epoch - 1);
  return { ...epochWork(config, dataset, imagesOf(measured), size), seconds: metrics.seconds };
}
