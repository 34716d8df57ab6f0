import { DEFAULT_POOL } from '@fathom/contracts';

/** BullMQ's keys are fathom:trials:…; the others stand beside them. */
export const BULLMQ_PREFIX = 'fathom';
const TRIALS_QUEUE = 'trials';
/** Each pool of workers has a queue of its own. */
export const queueOf = (pool: string): string =>
  pool === DEFAULT_POOL ? TRIALS_QUEUE : `${TRIALS_QUEUE}-${pool}`;

export const REPORT_STREAM = 'fathom:reports';
export const DEAD_REPORT_STREAM = 'fathom:reports:dead';
export const REPORT_GROUP = 'coordinator';

/** Of the logs of trials. */
export const LOG_STREAM = 'fathom:logs';
export const LOG_GROUP = 'coordinator';

export const CONTROL_CHANNEL = 'fathom:control';
export const LIVE_CHANNEL = 'fathom:events';
/** What each worker says of itself, and when it was last heard of. */
export const WORKERS = 'fathom:workers';
/** Every pool that ever had a worker. */
export const POOLS = 'fathom:pools';
/** Written by whoever asks whether Redis takes writes; holds nothing. */
export const HEALTH_KEY = 'fathom:health';
/** Mark of a sweep that is paused. */
export const pausedKey = (id: string): string => `fathom:paused:${id}`;
/** Mark of a trial or sweep that is ended. */
export const endedKey = (id: string): string => `fathom:ended:${id}`;
