export {
  convolutionsOf,
  resolveArchitecture,
  type Architecture,
  type ArchitectureConfig,
  type Block,
  type Convolution,
  type InputFacts,
} from './architecture/architecture';
export { channelStatistics, type ChannelStatistics } from './training/channel-statistics';
export {
  lastEpochOf,
  type Checkpoint,
  type CheckpointTensor,
  type Json,
  type JsonObject,
} from './training/checkpoint';
export { ArchitectureError, ConfigurationError } from './configuration-error';
export { countMacs, countParameters } from './architecture/counting';
export { architectureAt, epochsBySize, imageSizeAt, type ResizingConfig } from './architecture/image-sizes';
export { imagenetDepths } from './architecture/depths';
export type { BlockKind, Family } from './architecture/layouts';
export type { Stage } from './architecture/stages';
export { summariseLayers, type ImageShape, type LayerKind, type LayerSummary } from './architecture/summary';
export { DivergedError } from './training/diverged-error';
export { CheckpointMismatchError, type Difference } from './training/run-state';
export { learningRateAt } from './training/schedules';
export { shuffledOrder } from './training/shuffle';
export { StopRequest } from './training/stop-request';
export { train, type TrainingEvent, type TrainOptions } from './training/train';
export { batchesOf, type Batches, type BatchesOptions, type Split } from './training/batches';
export {
  NetworkSession,
  type RowResult,
  type StepResult,
  type StepsToTake,
} from './training/network-session';
export type { ImageSet, TrainingData } from './training/training-data';
export { feedNames } from './graph/feeds';
export type { Filling, ImageSourceSpec } from './graph/image-source';
export { countParts } from './graph/frozen-stages';
export { countUpdateMacs } from './graph/update-cost';
export { memoryModel, TENSORFLOW_BYTES, type TrainingMemory } from './graph/training-memory';
export { buildTrainingGraph, type Fetch, type StateEntry, type TrainingGraph } from './graph/training-graph';
export {
  fromTorchvision,
  torchvisionEntries,
  toTorchvision,
  type ImportedState,
  type TorchvisionEntry,
  type TorchvisionExport,
  type TorchvisionImport,
} from './model/torchvision-layout';
export { architectureOf, trainedModel, type TrainedModel, type TrainedState } from './model/trained-model';
export { Classifier, type Classification, type Guess } from './model/classifier';
export { layersModel, layersModelFiles, type LayersModel } from './model/layers-model';
export { servingGraph, servingNames } from './model/serving-graph';
