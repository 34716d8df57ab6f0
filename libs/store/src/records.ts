import type {
  AttemptState,
  Failure,
  FinalMetrics,
  SweepSpec,
  SweepState,
  TrainingConfig,
  TrialState,
} from '@fathom/contracts';

/** State of search as the search library keeps it: plain JSON that only that library reads. */
export type SearchState = Readonly<Record<string, unknown>>;

export interface NewSweep {
  readonly id: string;
  readonly spec: SweepSpec;
  readonly searchState: SearchState;
  readonly plannedTrials: number;
  readonly createdAt: Date;
}

export interface SweepRecord {
  readonly id: string;
  readonly state: SweepState;
  readonly spec: SweepSpec;
  readonly searchState: SearchState;
}

export interface NewTrial {
  readonly id: string;
  readonly sweepId: string;
  readonly number: number;
  readonly config: TrainingConfig;
  readonly createdAt: Date;
}

/** The part of a trial that reports change. */
export interface TrialRecord {
  readonly id: string;
  readonly sweepId: string;
  readonly number: number;
  readonly state: TrialState;
  readonly epochsDone: number;
  readonly objective: number | null;
  readonly metrics: FinalMetrics | null;
  readonly failure: Failure | null;
  readonly currentFence: number;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

export interface AttemptRecord {
  readonly id: string;
  readonly trialId: string;
  readonly fence: number;
  readonly state: AttemptState;
  readonly workerId: string;
  readonly device: string;
  readonly failure: Failure | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

export type MetricKind = 'step' | 'epoch';

export interface MetricPoint {
  readonly attemptId: string;
  readonly kind: MetricKind;
  readonly step: number;
  readonly values: object;
}

/** enqueueTrial: put the trial on the queue. cancelSweep: tell the workers and clear the queue of its trials. */
export type OutboxKind = 'enqueueTrial' | 'cancelSweep';

export interface OutboxEntry {
  readonly id: bigint;
  readonly kind: OutboxKind;
  readonly sweepId: string;
  readonly trialId: string | null;
}
