export { Leadership, type LeadershipOptions } from './leadership';
export type {
  AttemptRecord,
  MetricPoint,
  NewTrial,
  OutboxEntry,
  SearchLogEntry,
  SearchState,
  SearchStep,
  SweepRecord,
  TrialRecord,
} from './records';
export type { StoredDepthResult, StoredResult } from './repositories/analysis-repository';
export type {
  Asked,
  HeldPlaces,
  PoolCount,
  SentTrial,
  WaitingSweep,
  WaitingTrial,
  SizedTrial,
} from './repositories/dispatch-repository';
export { type NewDecision, type NewEvent, type StoredEvent } from './repositories/event-repository';
export type { Answered, Claim } from './repositories/idempotency-repository';
export type { RecentEpoch } from './repositories/metric-repository';
export type { DecisionGroup, MonitoredSweep, TrialGroup } from './repositories/monitoring-repository';
export type { SearchSnapshot } from './repositories/search-repository';
export type { LogPosition } from './repositories/trial-log-repository';
export { Repositories, Store, type StoreOptions } from './store';
export { isStoreUnavailable, StoreNotReadyError } from './unavailable';
export { isUnstorable } from './unstorable';
export * from './database-environment';
