export { CheckpointStore, type CheckpointStoreOptions, type StoredCheckpoint } from './checkpoint-store';
export { CheckpointStorageError } from './checkpoint-storage-error';
export { CheckpointWriter, type CheckpointWriterOptions } from './checkpoint-writer';
export {
  isModelFolder,
  prepareModelFolder,
  readModel,
  writeModel,
  type ModelToWrite,
  type StoredModel,
} from './model-store';
export { ModelError, type ModelErrorKind } from './model-error';
export { writeNewFolder } from './new-folder';
