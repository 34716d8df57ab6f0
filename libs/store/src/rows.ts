import {
  attemptStateSchema,
  depthTableSchema,
  failureSchema,
  finalMetricsSchema,
  sweepSpecSchema,
  sweepStateSchema,
  trainingConfigSchema,
  trialStateSchema,
  type AttemptView,
  type DepthTable,
  type TrainJob,
  type TrialSummary,
} from '@fathom/contracts';
import { z } from 'zod';
import type { AttemptRecord, SearchState, SweepRecord, TrialRecord } from './records';
import type { attempts, sweeps, trials } from './schema';

// Rows are parsed here, once; what leaves the library is typed by the contracts.

type SweepRow = Pick<typeof sweeps.$inferSelect, 'id' | 'state' | 'spec' | 'searchState'>;
type TrialRow = typeof trials.$inferSelect;
type AttemptRow = typeof attempts.$inferSelect;

const searchStateSchema: z.ZodType<SearchState> = z.record(z.string(), z.unknown());

export const toIso = (date: Date): string => date.toISOString();
export const toIsoOrNull = (date: Date | null): string | null => date?.toISOString() ?? null;

export function toSweepRecord(row: SweepRow): SweepRecord {
  return {
    id: row.id,
    state: sweepStateSchema.parse(row.state),
    spec: sweepSpecSchema.parse(row.spec),
    searchState: searchStateSchema.parse(row.searchState),
  };
}

export function toTrialRecord(row: Omit<TrialRow, 'config' | 'createdAt'>): TrialRecord {
  return {
    id: row.id,
    sweepId: row.sweepId,
    number: row.number,
    state: trialStateSchema.parse(row.state),
    epochsDone: row.epochsDone,
    objective: row.objective,
    metrics: finalMetricsSchema.nullable().parse(row.metrics),
    failure: failureSchema.nullable().parse(row.failure),
    currentFence: row.currentFence,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
  };
}

/** For lists: the confusion matrix of 100 classes is longer than all the rest of a trial. */
export function toTrialSummary(row: TrialRow, attemptCount: number): TrialSummary {
  const { metrics, ...trial } = toWholeTrial(row, attemptCount);
  if (metrics === null) return { ...trial, metrics };
  const rest = { ...metrics };
  delete rest.confusion;
  return { ...trial, metrics: rest };
}

export function toWholeTrial(row: TrialRow, attemptCount: number): TrialSummary {
  const { id, sweepId, number, state, epochsDone, objective, metrics, failure, startedAt, endedAt } =
    toTrialRecord(row);
  return {
    id,
    sweepId,
    number,
    state,
    config: trainingConfigSchema.parse(row.config),
    epochsDone,
    attempts: attemptCount,
    objective,
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
  };
}

export function toAttemptView(row: AttemptRow): AttemptView {
  const { id, fence, state, workerId, device, failure, startedAt, endedAt } = toAttemptRecord(row);
  return {
    id,
    fence,
    state,
    workerId,
    device,
    failure,
    startedAt: toIso(startedAt),
    endedAt: toIsoOrNull(endedAt),
  };
}

export function toTrainJob(row: {
  trialId: string;
  sweepId: string;
  trialNumber: number;
  config: unknown;
  fenceBase: number;
  spec: unknown;
}): TrainJob {
  const { spec: rawSpec, config, ...ids } = row;
  const spec = sweepSpecSchema.parse(rawSpec);
  return {
    ...ids,
    sweepName: spec.name,
    config: trainingConfigSchema.parse(config),
    dataset: spec.dataset,
  };
}

export const toDepthTable = (rows: readonly object[]): DepthTable => depthTableSchema.parse({ rows });
