/** BullMQ's keys are fathom:trials:…; the others stand beside them. */
export const BULLMQ_PREFIX = 'fathom';
export const TRIALS_QUEUE = 'trials';

export const REPORT_STREAM = 'fathom:reports';
export const DEAD_REPORT_STREAM = 'fathom:reports:dead';
export const REPORT_GROUP = 'coordinator';

export const CONTROL_CHANNEL = 'fathom:control';
export const LIVE_CHANNEL = 'fathom:events';
/** Machines by the time at which one of their workers was last heard of. */
export const NODES = 'fathom:nodes';
/** Written by whoever asks whether Redis takes writes; holds nothing. */
/** Of the logs of trials. */
export const LOG_STREAM = 'fathom:logs';
export const LOG_GROUP = 'coordinator';

export const HEALTH_KEY = 'fathom:health';
/** Mark of a sweep that is paused. */
export const pausedKey = (id: string): string => `fathom:paused:${id}`;
/** Mark of a trial or sweep that is ended. */
export const endedKey = (id: string): string => `fathom:ended:${id}`;
