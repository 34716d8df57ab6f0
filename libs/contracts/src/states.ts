import { z } from 'zod';

export const sweepStateSchema = z
  .enum(['running', 'completed', 'failed', 'cancelled'])
  .meta({ id: 'SweepState' });
export type SweepState = z.infer<typeof sweepStateSchema>;

export const trialStateSchema = z
  .enum(['queued', 'running', 'completed', 'diverged', 'failed', 'cancelled'])
  .meta({ id: 'TrialState' });
export type TrialState = z.infer<typeof trialStateSchema>;

/** interrupted: given back to the queue by a draining worker; lost: its worker vanished. */
export const attemptStateSchema = z
  .enum(['running', 'completed', 'diverged', 'failed', 'cancelled', 'interrupted', 'lost'])
  .meta({ id: 'AttemptState' });
export type AttemptState = z.infer<typeof attemptStateSchema>;

export const isSweepEnded = (state: SweepState): boolean => state !== 'running';
export const isTrialEnded = (state: TrialState): boolean => state !== 'queued' && state !== 'running';
export const isTrialActive = (state: TrialState): boolean => state === 'running';

/** The trial states that nothing follows. */
export const endedTrialStates = trialStateSchema.options.filter(isTrialEnded);
