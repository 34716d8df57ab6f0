export { CheckpointStore, type CheckpointStoreOptions, type StoredCheckpoint } from './checkpoint-store';
export { CheckpointFolders } from './checkpoint-folders';
export { CheckpointStorageError } from './checkpoint-storage-error';
export { CheckpointWriter, type CheckpointWriterOptions } from './checkpoint-writer';
export {
  isModelFolder,
  prepareModelFolder,
  removeUnfinishedModel,
  readModel,
  readWeights,
  writeModel,
  type ModelToWrite,
  type StoredModel,
} from './model-store';
export { keepBestModels } from './model-retention';
export { readGivenModels, startingPoint, type GivenModels } from './given-models';
export { ModelError, type ModelErrorKind } from './model-error';
export { writeNewFolder } from './new-folder';
export { defaultRetention, type CheckpointMark, type Retention } from './retention';
export {
  ArtifactError,
  ArtifactLocationError,
  type ArtifactErrorCode,
  type ArtifactStore,
} from './stores/artifact-store';
export { isRemote, parseS3Location, splitLocation, under } from './stores/location';
export { openArtifacts } from './stores/open-artifacts';
export { patiently, type Patience } from './stores/patience';
export { s3EnvironmentSchema } from './stores/s3-settings';
