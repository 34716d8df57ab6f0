import { MAX_PRIORITY, MAX_SWEEP_PRIORITY, type TrainJob, type TrialSegment } from '@fathom/contracts';

const UUID_LENGTH = 36;

/** The same for the same segment, so that it has one job however often it is enqueued. BullMQ allows no colons. */
export const jobIdOf = ({ trialId, segment }: TrialSegment): string =>
  segment === 0 ? trialId : `${trialId}-${String(segment)}`;

export const trialIdOf = (jobId: string): string => jobId.slice(0, UUID_LENGTH);

/**
 * BullMQ's priority: 1 is the highest. Every job has one, for those without come before all others. Adding and taking
 * one costs the logarithm of the jobs that wait, and so does removing it, for which a list would be walked through.
 */
export const queuePriorityOf = ({
  sweepPriority,
  priority,
}: Pick<TrainJob, 'sweepPriority' | 'priority'>): number =>
  1 + (MAX_SWEEP_PRIORITY - sweepPriority) * (MAX_PRIORITY + 1) + (MAX_PRIORITY - priority);

/** BullMQ's: what waits is in a sorted set by priority times this plus a counter. */
const SCORE_PER_PRIORITY = 0x100000000;

/** All jobs of sweeps of this priority or a higher one wait below this score. */
export const scoreAfter = (sweepPriority: number): number =>
  (queuePriorityOf({ sweepPriority, priority: 0 }) + 1) * SCORE_PER_PRIORITY;
