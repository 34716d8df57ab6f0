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
export type { Checkpoint, CheckpointTensor, Json, JsonObject } from './training/checkpoint';
export { ArchitectureError, ConfigurationError } from './configuration-error';
export { countMacs, countParameters } from './architecture/counting';
export type { BlockKind, Family } from './architecture/depths';
export { DivergedError } from './training/diverged-error';
export { learningRateAt } from './training/schedules';
export { shuffledOrder } from './training/shuffle';
export { StopRequest } from './training/stop-request';
export { train, type TrainingEvent, type TrainOptions } from './training/train';
export type { ImageSet, TrainingData } from './training/training-data';
export { buildTrainingGraph, feedNames, type StateEntry, type TrainingGraph } from './graph/training-graph';
