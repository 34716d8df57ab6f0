import type {
  AttemptMemo,
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

/** What the search was told, or decided: plain JSON that only the search library reads. */
export type SearchJson = object;

export interface NewSweep {
  readonly id: string;
  readonly spec: SweepSpec;
  readonly plannedTrials: number;
  /** Of the span that it begins in; absent: it is not traced. */
  readonly traceparent?: string;
  readonly createdAt: Date;
}

export interface SweepRecord {
  readonly id: string;
  readonly state: SweepState;
  readonly spec: SweepSpec;
  /** Id of the newest event that its search was told; 0: none yet. */
  readonly searchEvent: bigint;
  /** Of the span that it began in; null: it is not traced. */
  readonly traceparent: string | null;
}

/** One thing that the search was told, and what it decided thereupon. */
export interface SearchStep {
  readonly event: SearchJson;
  readonly decisions: readonly SearchJson[];
}

/** A row of the log of the search, in order. */
export interface SearchLogEntry {
  readonly id: bigint;
  readonly kind: 'search' | 'decision';
  readonly payload: SearchJson;
}

export interface NewTrial {
  readonly id: string;
  readonly sweepId: string;
  readonly number: number;
  readonly config: TrainingConfig;
  /** Absent: it is trained to its end without a pause. */
  readonly untilEpoch?: number;
  /** Another trial of the sweep, by number, from whose pause after the epoch it starts. */
  readonly origin?: { readonly trial: number; readonly epoch: number };
  /** The only one that may have it. Absent: there are several. */
  readonly pool?: string;
  readonly createdAt: Date;
}

/** The part of a trial that reports and decisions change. */
export interface TrialRecord {
  readonly id: string;
  readonly sweepId: string;
  readonly number: number;
  readonly state: TrialState;
  readonly epochsDone: number;
  /** In the order of the sweep's objectives, the main one first; empty before the first epoch. */
  readonly objectives: readonly (number | null)[];
  readonly metrics: FinalMetrics | null;
  readonly failure: Failure | null;
  /** How often it was resumed. */
  readonly segment: number;
  /** Of the workers that train it; null before its first job. */
  readonly pool: string | null;
  readonly untilEpoch: number | null;
  readonly currentFence: number;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

/** What was asked of a trial and what became of it. */
export interface TrialOutcome extends Pick<TrialRecord, 'number' | 'state' | 'objectives'> {
  readonly config: TrainingConfig;
}

export interface AttemptRecord {
  readonly id: string;
  readonly trialId: string;
  readonly fence: number;
  readonly state: AttemptState;
  readonly workerId: string;
  readonly device: string;
  readonly microBatch: number | null;
  readonly failure: Failure | null;
  /** Of one that failed: what the next is to know. */
  readonly memo: AttemptMemo | null;
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

/**
 * stopTrial: tell the workers and take it off the queue. cancelSweep: the same
 * for all its trials. pauseSweep: tell the workers, and take what waits off the queue. resumeSweep: it goes on, after a
 * pause or its end. dropCheckpoints: tell the workers that the sweep has ended.
 */
export type OutboxKind = 'stopTrial' | 'cancelSweep' | 'pauseSweep' | 'resumeSweep' | 'dropCheckpoints';

export interface OutboxEntry {
  readonly id: bigint;
  readonly kind: OutboxKind;
  readonly sweepId: string;
  readonly trialId: string | null;
}
