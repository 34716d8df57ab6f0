export { CheckpointStore, type CheckpointStoreOptions, type StoredCheckpoint } from './checkpoint-store';
export { CheckpointWriteError, CheckpointWriter, type CheckpointWriterOptions } from './checkpoint-writer';
export {
  isModelFolder,
  ModelError,
  prepareModelFolder,
  readModel,
  writeModel,
  type ModelErrorKind,
  type ModelToWrite,
  type StoredModel,
} from './model-store';
