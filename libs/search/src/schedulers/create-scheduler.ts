import type { SweepSpec } from '@fathom/contracts';
import { maxEpochsOf } from '../epochs';
import type { Json } from '../json';
import { asha } from './asha';
import { ashaStopping } from './asha-stopping';
import { hyperband } from './hyperband';
import { medianStopping } from './median';
import { populationBasedTraining } from './pbt';
import { runAll } from './run-all';
import type { Scheduler, SchedulerWorld } from './scheduler';

/**
 * The one place that knows every scheduler.
 *
 * @param snapshot of one that was made from the same spec
 * @throws SearchSpecError where the scheduler does not fit the rest of the spec
 */
export function createScheduler(spec: SweepSpec, world: SchedulerWorld, snapshot?: Json): Scheduler {
  const { scheduler: settings } = spec;
  const setup = { ...world, spec, epochs: maxEpochsOf(spec) };
  switch (settings.algorithm) {
    case 'run-all':
      return runAll;
    case 'asha':
      return asha({ ...setup, settings }, snapshot);
    case 'asha-stopping':
      return ashaStopping({ ...setup, settings }, snapshot);
    case 'hyperband':
      return hyperband({ ...setup, settings }, snapshot);
    case 'median':
      return medianStopping({ ...setup, settings }, snapshot);
    case 'pbt':
      return populationBasedTraining({ ...setup, settings }, snapshot);
  }
}
