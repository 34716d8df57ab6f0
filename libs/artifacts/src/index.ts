export { CheckpointStore, type CheckpointStoreOptions, type StoredCheckpoint } from './checkpoint-store';
