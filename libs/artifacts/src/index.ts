export { CheckpointStore, type CheckpointStoreOptions, type StoredCheckpoint } from './checkpoint-store';
export { CheckpointFolders } from './checkpoint-folders';
export { CheckpointStorageError } from './checkpoint-storage-error';
export { CheckpointWriter, type CheckpointWriterOptions } from './checkpoint-writer';
export {
  isModelFolder,
  prepareModelFolder,
  readModel,
  readWeights,
  writeModel,
  type ModelToWrite,
  type StoredModel,
} from './model-store';
export { readGivenModels, startingPoint, type GivenModels } from './given-models';
export { ModelError, type ModelErrorKind } from './model-error';
export { writeNewFolder } from './new-folder';
