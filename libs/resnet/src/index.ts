export {
  convolutionsOf,
  resolveArchitecture,
  type Architecture,
  type ArchitectureConfig,
  type Block,
  type Convolution,
  type InputFacts,
} from './architecture';
export { channelStatistics, type ChannelStatistics } from './channel-statistics';
export type { Checkpoint, CheckpointTensor, Json, JsonObject } from './checkpoint';
export { ArchitectureError, ConfigurationError } from './configuration-error';
export { countMacs, countParameters } from './counting';
export type { BlockKind, Family } from './depths';
export { DivergedError } from './diverged-error';
export { learningRateAt } from './schedules';
export { shuffledOrder } from './shuffle';
export { StopRequest } from './stop-request';
export { train, type TrainingEvent, type TrainOptions } from './train';
export type { ImageSet, TrainingData } from './training-data';
export { buildTrainingGraph, feedNames, type StateEntry, type TrainingGraph } from './training-graph';
