import { DEFAULT_POOL } from '@fathom/contracts';

/**
 * In front of all keys that are used together: BullMQ's are {fathom}:trials:…, and the others stand beside them. By what is
 * in the braces a cluster finds the node, so that all are on one. The streams are used each by itself.
 */
export const BULLMQ_PREFIX = '{fathom}';
const TRIALS_QUEUE = 'trials';
/** Each pool of workers has a queue of its own. */
export const queueOf = (pool: string): string =>
  pool === DEFAULT_POOL ? TRIALS_QUEUE : `${TRIALS_QUEUE}-${pool}`;

export const REPORT_STREAM = 'fathom:{reports}';
export const DEAD_REPORT_STREAM = 'fathom:{reports}:dead';
export const REPORT_GROUP = 'coordinator';

/** Of the logs of trials. */
export const LOG_STREAM = 'fathom:{logs}';
export const LOG_GROUP = 'coordinator';

export const CONTROL_CHANNEL = 'fathom:control';
export const LIVE_CHANNEL = 'fathom:events';
/** What each worker says of itself, and when it was last heard of. */
export const WORKERS = `${BULLMQ_PREFIX}:workers`;
/** Every pool that ever had a worker. */
export const POOLS = `${BULLMQ_PREFIX}:pools`;
/** Written by whoever asks whether Redis takes writes; holds nothing. */
export const HEALTH_KEY = `${BULLMQ_PREFIX}:health`;
/** Mark of a sweep that is paused. */
export const pausedKey = (id: string): string => `${BULLMQ_PREFIX}:paused:${id}`;
/** Mark of a trial or sweep that is ended. */
export const endedKey = (id: string): string => `${BULLMQ_PREFIX}:ended:${id}`;
