import { datasetFacts, networkKey, type DatasetSpec, type TrainingConfig } from '@fathom/contracts';
import { countMacs, countParameters, summariseLayers } from '@fathom/resnet';
import { CostModel, type EpochWork, type MeasuredEpoch, type NetworkCost } from '@fathom/search';
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

/** An epoch of a configuration on so many training images, with the evaluation of its validation images. */
export function epochWork(config: TrainingConfig, dataset: DatasetSpec, trainImages: number): EpochWork {
  const { validationFraction: share } = dataset;
  return {
    network: networkCost(config, datasetFacts(dataset).imageSize),
    precision: config.precision,
    batchSize: config.batchSize,
    trainImages,
    validationImages: Math.round((trainImages * share) / (1 - share)),
  };
}

const imagesOf = ({ metrics }: RecentEpoch): number => Math.round(metrics.seconds * metrics.imagesPerSecond);

const measuredEpoch = (epoch: RecentEpoch): MeasuredEpoch => ({
  ...epochWork(epoch.config, epoch.dataset, imagesOf(epoch)),
  seconds: epoch.metrics.seconds,
});

const kept = new Map<string, NetworkCost>();

/** Counted once for each network: a sweep asks for the same few thousands of times. */
export function networkCost(config: TrainingConfig, imageSize: number): NetworkCost {
  const key = `${networkKey(config)} ${String(imageSize)}`;
  const found = kept.get(key) ?? countedCost(config, imageSize);
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(key, found);
  return found;
}

function countedCost(config: TrainingConfig, imageSize: number): NetworkCost {
  const architecture = architectureOf(config, imageSize);
  const outputs = summariseLayers(architecture).map(({ outputShape }) =>
    outputShape.reduce<number>((product, size) => product * size, 1),
  );
  return {
    macs: countMacs(architecture),
    activationBytes: BYTES * outputs.reduce((sum, size) => sum + size, 0),
    parameters: countParameters(architecture),
  };
}
