import { sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { sweeps, trials } from '../schema';
import { newestMemo, newestMicroBatch } from './attempt-repository';

/** Of trials that started from another one's pause: that other trial. */
export const donors = alias(trials, 'donors');

/** What of trials, their sweeps and donors goes into jobs, beside the specification of the sweep. */
export const jobColumns = {
  trialId: trials.id,
  sweepId: trials.sweepId,
  trialNumber: trials.number,
  config: sql<unknown>`${sweeps.config} || ${trials.config}`,
  epochsDone: trials.epochsDone,
  segment: trials.segment,
  pool: trials.pool,
  untilEpoch: trials.untilEpoch,
  fromEpoch: trials.fromEpoch,
  fromId: donors.id,
  fenceBase: trials.currentFence,
  microBatch: newestMicroBatch,
  memo: newestMemo,
  traceparent: sweeps.traceparent,
};
