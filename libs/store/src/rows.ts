import {
  attemptMemoSchema,
  attemptStateSchema,
  clonesTrials,
  DEFAULT_POOL,
  failureSchema,
  finalMetricsSchema,
  forAnotherJob,
  MAX_PRIORITY,
  sweepSpecSchema,
  sweepStateSchema,
  trainingConfigSchema,
  trialStateSchema,
  type AttemptView,
  type SweepSpec,
  type TrainJob,
  type TrialSummary,
} from '@fathom/contracts';
import { z } from 'zod';
import type { AttemptRecord, SweepRecord, TrialOutcome, TrialRecord } from './records';
import type { attempts, sweeps, trials } from './schema';

// Rows are parsed here, once; what leaves the library is typed by the contracts.

type SweepRow = Pick<typeof sweeps.$inferSelect, 'id' | 'state' | 'spec' | 'searchEvent' | 'traceparent'>;
type TrialRow = typeof trials.$inferSelect;
type AttemptRow = typeof attempts.$inferSelect;

const objectivesSchema = z.array(z.number().nullable());

export const toIso = (date: Date): string => date.toISOString();
export const toIsoOrNull = (date: Date | null): string | null => date?.toISOString() ?? null;

export function toSweepRecord(row: SweepRow): SweepRecord {
  return {
    id: row.id,
    state: sweepStateSchema.parse(row.state),
    spec: sweepSpecSchema.parse(row.spec),
    searchEvent: row.searchEvent,
    traceparent: row.traceparent,
  };
}

export function toTrialRecord(row: Pick<TrialRow, keyof TrialRecord>): TrialRecord {
  return {
    id: row.id,
    sweepId: row.sweepId,
    number: row.number,
    state: trialStateSchema.parse(row.state),
    epochsDone: row.epochsDone,
    objectives: objectivesSchema.parse(row.objectives),
    metrics: finalMetricsSchema.nullable().parse(row.metrics),
    failure: failureSchema.nullable().parse(row.failure),
    segment: row.segment,
    pool: row.pool,
    untilEpoch: row.untilEpoch,
    currentFence: row.currentFence,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
  };
}

export function toTrialOutcome(
  row: Pick<TrialRow, 'number' | 'config' | 'state' | 'objectives'>,
): TrialOutcome {
  return {
    number: row.number,
    config: trainingConfigSchema.parse(row.config),
    state: trialStateSchema.parse(row.state),
    objectives: objectivesSchema.parse(row.objectives),
  };
}

/** What a row of trials is shown with of its attempts. */
export interface AttemptsInShort {
  readonly attempts: number;
  /** Of the newest that told of one. */
  readonly microBatch: number | null;
}

/** For lists: the confusion matrix of 100 classes is longer than all the rest of a trial. */
export function toTrialSummary(row: TrialRow, attempts: AttemptsInShort): TrialSummary {
  const { metrics, ...trial } = toWholeTrial(row, attempts);
  if (metrics === null) return { ...trial, metrics };
  const rest = { ...metrics };
  delete rest.confusion;
  return { ...trial, metrics: rest };
}

export function toWholeTrial(row: TrialRow, { attempts, microBatch }: AttemptsInShort): TrialSummary {
  const { id, sweepId, number, state, epochsDone, objectives, metrics, failure, startedAt, endedAt } =
    toTrialRecord(row);
  return {
    id,
    sweepId,
    number,
    state,
    config: trainingConfigSchema.parse(row.config),
    epochsDone,
    untilEpoch: row.untilEpoch,
    origin:
      row.fromTrial === null || row.fromEpoch === null
        ? null
        : { trial: row.fromTrial, epoch: row.fromEpoch },
    attempts,
    microBatch,
    objective: objectives[0] ?? null,
    objectives: [...objectives],
    metrics,
    failure,
    createdAt: toIso(row.createdAt),
    startedAt: toIsoOrNull(startedAt),
    endedAt: toIsoOrNull(endedAt),
  };
}

export function toAttemptRecord(row: AttemptRow): AttemptRecord {
  return {
    ...row,
    state: attemptStateSchema.parse(row.state),
    failure: failureSchema.nullable().parse(row.failure),
    memo: attemptMemoSchema.nullable().parse(row.memo),
  };
}

export function toAttemptView(row: AttemptRow): AttemptView {
  const { id, fence, state, workerId, device, microBatch, failure, startedAt, endedAt } =
    toAttemptRecord(row);
  return {
    id,
    fence,
    state,
    workerId,
    device,
    microBatch,
    failure,
    startedAt: toIso(startedAt),
    endedAt: toIsoOrNull(endedAt),
  };
}

/** What all jobs of a sweep have in common. */
export interface SweepOfJobs {
  readonly spec: SweepSpec;
  /** Over which each trial has its own. */
  readonly config: object;
  readonly traceparent: string | null;
}

export const toSweepOfJobs = (
  row: Pick<typeof sweeps.$inferSelect, 'spec' | 'config' | 'traceparent'>,
): SweepOfJobs => ({
  spec: sweepSpecSchema.parse(row.spec),
  config: z.looseObject({}).parse(row.config),
  traceparent: row.traceparent,
});

interface TrainJobRow {
  trialId: string;
  sweepId: string;
  trialNumber: number;
  config: unknown;
  epochsDone: number;
  segment: number;
  pool: string | null;
  untilEpoch: number | null;
  fromEpoch: number | null;
  /** Id of the trial it starts from. */
  fromId: string | null;
  fenceBase: number;
  /** Of its newest attempt; null where it had none. */
  microBatch: number | null;
  /** Of the newest that failed; null where there is none, or nothing to know. */
  memo: unknown;
}

export function toTrainJob(row: TrainJobRow, sweep: SweepOfJobs): TrainJob {
  const { config, pool, epochsDone, untilEpoch, fromEpoch, fromId, microBatch, memo, ...rest } = row;
  const { spec, traceparent } = sweep;
  const keepPauses = clonesTrials(spec.scheduler);
  return {
    ...rest,
    sweepName: spec.name,
    pool: pool ?? spec.pools[0] ?? DEFAULT_POOL,
    config: trainingConfigSchema.parse({ ...sweep.config, ...z.looseObject({}).parse(config) }),
    dataset: spec.dataset,
    ...(untilEpoch === null ? {} : { untilEpoch }),
    ...(microBatch === null ? {} : { microBatch }),
    ...forAnotherJob(attemptMemoSchema.nullable().parse(memo) ?? {}),
    ...(traceparent === null ? {} : { traceparent }),
    ...(fromEpoch === null || fromId === null ? {} : { startFrom: { trialId: fromId, epoch: fromEpoch } }),
    keepPauses,
    ...(spec.logPolicies.length === 0 ? {} : { logPolicies: spec.logPolicies }),
    // What has been promoted goes before what begins; but a population keeps in step, so that nobody's pause is
    // overtaken by those of the others.
    sweepPriority: spec.priority,
    priority: keepPauses ? 0 : Math.min(epochsDone, MAX_PRIORITY),
  };
}
