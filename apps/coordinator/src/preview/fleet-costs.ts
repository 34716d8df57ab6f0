import { datasetFacts, networkKey, type DatasetSpec, type TrainingConfig } from '@fathom/contracts';
import {
  architectureAt,
  countMacs,
  countParameters,
  epochsBySize,
  imageSizeAt,
  summariseLayers,
} from '@fathom/resnet';
import {
  CostModel,
  type EpochWork,
  type MeasuredEpoch,
  type NetworkCost,
  type PredictedSeconds,
} from '@fathom/search';
import type { RecentEpoch, Store } from '@fathom/store';
import { architectureOf } from '../sweeps/architecture-of';

/** Epochs that the model of costs learns from. */
const MEASURED_EPOCHS = 400;
/** Networks whose costs are kept. */
const MAX_KEPT = 2_000;
const BYTES = 4;

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

/**
 * What an epoch of a configuration takes, in the mean of those after `from` up to and with `to`: training images may have
 * several sizes.
 */
export function predictEpoch(
  { model }: Pick<FleetCosts, 'model'>,
  config: TrainingConfig,
  { dataset, trainImages }: { readonly dataset: DatasetSpec; readonly trainImages: number },
  from = 0,
  to = config.epochs,
): PredictedSeconds {
  const { imageSize } = datasetFacts(dataset);
  const sum = { expected: 0, low: 0, high: 0 };
  for (const [size, epochs] of epochsBySize(config, imageSize, from, to)) {
    const each = model.predict(epochWork(config, dataset, trainImages, size));
    const share = epochs / (to - from);
    sum.expected += share * each.expected;
    sum.low += share * each.low;
    sum.high += share * each.high;
  }
  return sum;
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

const kept = new Map<string, NetworkCost>();

/**
 * Counted once for each network: a sweep asks for the same few thousands of times.
 *
 * @param imageSize that the network is for @param size of the images that go through it
 */
export function networkCost(config: TrainingConfig, imageSize: number, size = imageSize): NetworkCost {
  const key = `${networkKey(config)} ${String(imageSize)} ${String(size)}`;
  const found = kept.get(key) ?? countedCost(config, imageSize, size);
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(key, found);
  return found;
}

function countedCost(config: TrainingConfig, imageSize: number, size: number): NetworkCost {
  const architecture = architectureAt(config, architectureOf(config, imageSize), size);
  const outputs = summariseLayers(architecture).map(({ outputShape }) =>
    outputShape.reduce<number>((product, size) => product * size, 1),
  );
  return {
    macs: countMacs(architecture),
    activationBytes: BYTES * outputs.reduce((sum, size) => sum + size, 0),
    parameters: countParameters(architecture),
  };
}
