import { z } from 'zod';
import type { SweepState } from './states';

/** What a person can do to a sweep. */
export const steeringOperations = ['pause', 'resume', 'cancel', 'extend', 'clone', 'rerun-failed'] as const;
export type SteeringOperation = (typeof steeringOperations)[number];

/** What the log of decisions calls them. A sweep can also be cancelled by its budget. */
export const steeringActions = [
  'pauseSweep',
  'resumeSweep',
  'cancelSweep',
  'extendSweep',
  'cloneSweep',
  'rerunTrial',
] as const;
export type SteeringAction = (typeof steeringActions)[number];

/** What may be done to a sweep in the state. Pausing, resuming and cancelling once more changes nothing. */
export function allowedOperations(state: SweepState): readonly SteeringOperation[] {
  switch (state) {
    case 'running':
    case 'paused':
      return steeringOperations;
    case 'completed':
    case 'failed':
      return ['extend', 'clone', 'rerun-failed'];
    case 'cancelled':
      return ['cancel', 'clone'];
  }
}

/** Who asks and why; kept with the decision. */
const asking = {
  by: z.string().min(1).max(100).optional().describe('Who asks, for the log of decisions.'),
  reason: z.string().min(1).max(500).optional().describe('Why, for the log of decisions.'),
};

/** Body of an operation that needs to know nothing more; it may be left out. */
export const steerRequestSchema = z.strictObject(asking).meta({ id: 'SteerRequest' }).prefault({});
export type SteerRequest = z.infer<typeof steerRequestSchema>;
