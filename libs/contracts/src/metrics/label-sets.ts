import { failureClassSchema } from '../failure';
import { reportSchema } from '../report';
import { attemptStateSchema, sweepStateSchema, trialStateSchema } from '../states';
import { steeringActions } from '../steering';
import { searchActions } from '../views';

/** Closed sets, and what bounds the others. */
export const sweepStates = sweepStateSchema.options;
export const trialStates = trialStateSchema.options;
export const failureClasses = failureClassSchema.options;
export const reportTypes = reportSchema.options.map((option) => option.shape.type.value);
export const endedAttemptStates = attemptStateSchema.options.filter((state) => state !== 'running');
export const decisionActions = [...searchActions, ...steeringActions] as const;

export const ofOpenSweep = {
  sweep_id: { boundedBy: 'sweeps that are open or ended within the last hour, the newest 100 of them' },
  sweep: { boundedBy: 'their names' },
} as const;
export const ofDepth = {
  depth: { boundedBy: 'depths of the space that is searched' },
  variant: ['residual', 'plain'],
} as const;
export const ofActiveTrial = {
  sweep_id: { boundedBy: 'sweeps of the trials that train on the worker now' },
  sweep: { boundedBy: 'their names' },
  trial: { boundedBy: 'trials that train on the worker now' },
  ...ofDepth,
} as const;
/** Every series of a worker has it. */
export const ofWorker = {
  worker: { boundedBy: 'the one name of the worker, on all of its series' },
} as const;
