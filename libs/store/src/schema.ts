import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
// JSON columns come back as unknown; rows.ts parses them with the schemas of @fathom/contracts.

export const sweeps = pgTable(
  'sweeps',
  {
    id: uuid().primaryKey(),
    name: text().notNull(),
    state: text().notNull(),
    reason: text(),
    spec: jsonb().notNull(),
    /** What its trials have in common of their configuration; each keeps the rest. */
    config: jsonb().notNull().default({}),
    /** A snapshot of the search, taken now and then. The truth is what it was told: `events` of the kind `search`. */
    searchState: jsonb('search_state'),
    /** The newest of those events that the snapshot knows of; 0: none. */
    searchStateEvent: bigint('search_state_event', { mode: 'bigint' })
      .notNull()
      .default(sql`0`),
    /** The newest of those events there is; 0: none. */
    searchEvent: bigint('search_event', { mode: 'bigint' })
      .notNull()
      .default(sql`0`),
    plannedTrials: integer('planned_trials').notNull(),
    /** Of the request that made it, for the spans of all that follows; null: it is not traced. */
    traceparent: text(),
    /** Since when it is paused; null: it is not. */
    pausedAt: at('paused_at'),
    /** For how long it was paused before, all together. */
    pausedSeconds: doublePrecision('paused_seconds').notNull().default(0),
    createdAt: at('created_at').notNull(),
    endedAt: at('ended_at'),
  },
  (t) => [
    index('sweeps_by_age').on(t.createdAt.desc(), t.id),
    index('sweeps_by_state').on(t.state, t.createdAt.desc(), t.id),
  ],
);

export const trials = pgTable(
  'trials',
  {
    id: uuid().primaryKey(),
    sweepId: uuid('sweep_id')
      .notNull()
      .references(() => sweeps.id, { onDelete: 'cascade' }),
    number: integer().notNull(),
    state: text().notNull(),
    /** Over that of its sweep. */
    config: jsonb().notNull(),
    // Copies of fields of the whole configuration, for sorting, grouping and progress.
    depth: integer().notNull(),
    variant: text().notNull(),
    epochs: integer().notNull(),
    epochsDone: integer('epochs_done').notNull().default(0),
    /** The first of the objectives, for sorting. */
    objective: doublePrecision(),
    objectives: jsonb().notNull().default([]),
    metrics: jsonb(),
    /** The metrics without those that grow with the number of classes, for questions about many trials. */
    scores: jsonb().generatedAlwaysAs(sql`metrics - 'confusion' - 'classAccuracy'`),
    failure: jsonb(),
    /** How often it was resumed; each segment is a job of its own. */
    segment: integer().notNull().default(0),
    /** The newest segment whose job was given to the queue; -1: none. A queued trial waits while it is behind. */
    sentSegment: integer('sent_segment').notNull().default(-1),
    /** Of the workers that train it, from its first job on. */
    pool: text(),
    /** What its training is predicted to take at its peak; null: nobody has asked yet. */
    memoryBytes: bigint('memory_bytes', { mode: 'number' }),
    /** Where the segment ends with a pause; null: at the end of the training. */
    untilEpoch: integer('until_epoch'),
    /** Number of the trial, and the epoch, whose weights it started from. */
    fromTrial: integer('from_trial'),
    fromEpoch: integer('from_epoch'),
    /** Fence of the newest attempt heard of; 0 before the first. */
    currentFence: integer('current_fence').notNull().default(0),
    createdAt: at('created_at').notNull(),
    startedAt: at('started_at'),
    endedAt: at('ended_at'),
  },
  (t) => [
    unique('trials_sweep_number').on(t.sweepId, t.number),
    index('trials_by_state').on(t.sweepId, t.state, t.objective),
    // Those below are partial, for ten thousand trials begin at once and have none of it.
    index('trials_by_end')
      .on(t.sweepId, t.endedAt)
      .where(sql`${t.endedAt} is not null`),
    index('trials_by_origin')
      .on(t.sweepId, t.fromTrial)
      .where(sql`${t.fromTrial} is not null`),
    index('trials_waiting')
      .on(t.sweepId, t.epochsDone.desc(), t.number)
      .where(sql`${t.state} = 'queued' and ${t.sentSegment} < ${t.segment}`),
    index('trials_sent')
      .on(t.id)
      .where(sql`${t.state} in ('queued', 'running') and ${t.sentSegment} = ${t.segment}`),
  ],
);

export const attempts = pgTable(
  'attempts',
  {
    id: uuid().primaryKey(),
    trialId: uuid('trial_id')
      .notNull()
      .references(() => trials.id, { onDelete: 'cascade' }),
    fence: integer().notNull(),
    state: text().notNull(),
    workerId: text('worker_id').notNull(),
    device: text().notNull(),
    /** Images in memory at once; null: not known. */
    microBatch: integer('micro_batch'),
    failure: jsonb(),
    /** Of one that failed: what the next is to know. */
    memo: jsonb(),
    startedAt: at('started_at').notNull(),
    endedAt: at('ended_at'),
  },
  // Not unique: a Redis that lost its last second can count a start twice, and both attempts are then real.
  (t) => [index('attempts_by_trial').on(t.trialId, t.fence)],
);

export const metricPoints = pgTable(
  'metric_points',
  {
    attemptId: uuid('attempt_id')
      .notNull()
      .references(() => attempts.id, { onDelete: 'cascade' }),
    kind: text().notNull(),
    step: integer().notNull(),
    values: jsonb().notNull(),
  },
  // The key makes a report that arrives twice one point.
  (t) => [primaryKey({ columns: [t.attemptId, t.kind, t.step] })],
);

/** Lines of what was said of attempts, in chunks; there may be some of an attempt that nothing else was heard of yet. */
export const trialLogs = pgTable(
  'trial_logs',
  {
    id: bigserial({ mode: 'bigint' }).primaryKey(),
    trialId: uuid('trial_id')
      .notNull()
      .references(() => trials.id, { onDelete: 'cascade' }),
    attemptId: uuid('attempt_id').notNull(),
    fence: integer().notNull(),
    /** Counts the chunks of the attempt. */
    seq: integer().notNull(),
    /** Bytes of the attempt's log up to the end of this chunk. */
    endOffset: bigint('end_offset', { mode: 'number' }).notNull(),
    lines: jsonb().notNull(),
    createdAt: at('created_at').notNull(),
  },
  (t) => [
    // Makes a chunk that arrives twice one.
    unique('trial_logs_attempt_seq').on(t.attemptId, t.seq),
    index('trial_logs_by_trial').on(t.trialId, t.id),
    index('trial_logs_by_age').on(t.createdAt),
  ],
);

/**
 * What happened (kind: type of the live event), what the search was told of it (`search`) and what it decided thereupon
 * (`decision`), in order. Per sweep the ids grow in commit order: writers hold the sweep's row
 * lock.
 */
export const events = pgTable(
  'events',
  {
    id: bigserial({ mode: 'bigint' }).primaryKey(),
    sweepId: uuid('sweep_id').notNull(),
    kind: text().notNull(),
    payload: jsonb().notNull(),
    createdAt: at('created_at').notNull(),
  },
  (t) => [index('events_by_sweep').on(t.sweepId, t.id), index('events_by_kind').on(t.sweepId, t.kind, t.id)],
);

/**
 * Effects on Redis that were decided in a transaction and are carried out after it, at least once. No foreign keys, here
 * and in `events`: the transaction that writes a row holds the lock of its sweep, and to check each of ten thousand
 * would take a quarter of the time of a submit.
 */
export const outbox = pgTable('outbox', {
  id: bigserial({ mode: 'bigint' }).primaryKey(),
  kind: text().notNull(),
  sweepId: uuid('sweep_id').notNull(),
  trialId: uuid('trial_id'),
  createdAt: at('created_at').notNull(),
});

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    key: text().primaryKey(),
    requestHash: text('request_hash').notNull(),
    sweepId: uuid('sweep_id').notNull(),
    response: jsonb(),
    createdAt: at('created_at').notNull(),
  },
  (t) => [index('idempotency_keys_by_age').on(t.createdAt)],
);
