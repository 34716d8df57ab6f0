import { alias } from 'drizzle-orm/pg-core';
import { trials } from '../schema';
import { newestMemo, newestMicroBatch } from './attempt-repository';

/** Of trials that started from another one's pause: that other trial. */
export const donors = alias(trials, 'donors');

/** What of trials and their donors goes into jobs, beside what their sweep has to say. */
export const jobColumns = {
  trialId: trials.id,
  sweepId: trials.sweepId,
  trialNumber: trials.number,
  config: trials.config,
  epochsDone: trials.epochsDone,
  segment: trials.segment,
  pool: trials.pool,
  untilEpoch: trials.untilEpoch,
  fromEpoch: trials.fromEpoch,
  fromId: donors.id,
  fenceBase: trials.currentFence,
  microBatch: newestMicroBatch,
  memo: newestMemo,
};
