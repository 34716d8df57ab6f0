import { z } from 'zod';

/**
 * paused: by a person, until a person resumes it; nothing of it trains or waits on the queue. A trial that the search
 * pauses is another thing.
 */
export const sweepStateSchema = z
  .enum(['running', 'paused', 'completed', 'failed', 'cancelled'])
  .meta({ id: 'SweepState' });
export type SweepState = z.infer<typeof sweepStateSchema>;
export type EndedSweepState = Exclude<SweepState, 'running' | 'paused'>;
const openSweepStates: readonly SweepState[] = ['running', 'paused'];

/**
 * paused: waits at a rung, with a checkpoint, for the search to go on with it or to end it. stopped: ended early by
 * the search; what it had reached is its result.
 */
export const trialStateSchema = z
  .enum(['queued', 'running', 'paused', 'completed', 'stopped', 'diverged', 'failed', 'cancelled'])
  .meta({ id: 'TrialState' });
export type TrialState = z.infer<typeof trialStateSchema>;

/**
 * paused: it got to the epoch that it was told to pause at. stopped: by the search. interrupted: given back to the queue
 * by a draining worker. lost: its worker vanished.
 */
export const attemptStateSchema = z
  .enum([
    'running',
    'completed',
    'paused',
    'stopped',
    'diverged',
    'failed',
    'cancelled',
    'interrupted',
    'lost',
  ])
  .meta({ id: 'AttemptState' });
export type AttemptState = z.infer<typeof attemptStateSchema>;

export const isSweepEnded = (state: SweepState): boolean => !openSweepStates.includes(state);
export const isSweepPaused = (state: SweepState): boolean => state === 'paused';
/** Whether there is a job for it: one that waits, or one that a worker has. */
export const isTrialScheduled = (state: TrialState): boolean => state === 'queued' || state === 'running';
export const isTrialEnded = (state: TrialState): boolean => !isTrialScheduled(state) && state !== 'paused';
export const isTrialActive = (state: TrialState): boolean => state === 'running';

/** The trial states that nothing follows. */
export const endedTrialStates = trialStateSchema.options.filter(isTrialEnded);
