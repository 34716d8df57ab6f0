export { CheckpointStore, type CheckpointStoreOptions, type StoredCheckpoint } from './checkpoint-store';
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
