import { DEFAULT_POOL } from '@fathom/contracts';
import { getTableColumns, sql } from 'drizzle-orm';
import { trials } from '../schema';
import { attemptsInShort } from './attempt-repository';

// Spelled out, because a selection from one table loses the table names that columns would bring along.
/** Column expression beside a row of trials: its own values over those it shares with the others of its sweep. */
export const wholeConfig = sql<unknown>`(
  select s."config" from "sweeps" s where s."id" = "trials"."sweep_id") || "trials"."config"`;

const { id, sweepId, number, state, epochsDone, objectives, metrics, failure } = trials;
const { segment, pool, untilEpoch, currentFence, createdAt, startedAt, endedAt } = trials;

/** The columns of `TrialRecord`. */
export const recordColumns = {
  ...{ id, sweepId, number, state, epochsDone, objectives, metrics, failure },
  ...{ segment, pool, untilEpoch, currentFence, createdAt, startedAt, endedAt },
};

/** The columns of `TrialSummary`. */
export const summaryColumns = {
  trial: { ...getTableColumns(trials), config: wholeConfig },
  ...attemptsInShort,
};

/** What has a job of its own on the queue. */
export const segmentColumns = {
  trialId: trials.id,
  segment: trials.segment,
  pool: sql<string>`coalesce(${trials.pool}, ${DEFAULT_POOL})`,
};
