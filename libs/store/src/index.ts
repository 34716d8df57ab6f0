export type {
  AttemptRecord,
  MetricPoint,
  NewTrial,
  OutboxEntry,
  SearchState,
  SweepRecord,
  TrialRecord,
} from './records';
export { type Decision, type NewEvent, type StoredEvent } from './repositories/event-repository';
export type { Claim } from './repositories/idempotency-repository';
export { Repositories, Store, type StoreOptions } from './store';
export { isStoreUnavailable, StoreNotReadyError } from './unavailable';
