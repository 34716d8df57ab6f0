import type { SweepSpec } from '@fathom/contracts';
import type { ObjectiveValues } from '../events';
import { lossesOf, type Losses } from '../losses';
import type { Configuration } from '../space/search-space';

/** What an analysis has to know of a trial that has ended with a result. */
export interface TrialResult {
  readonly id: string;
  readonly number: number;
  /** stopped: a scheduler ended it early, and its objectives are those it had reached. */
  readonly state: 'completed' | 'stopped';
  /** A value for each parameter of the space at least; what is not active may stand here too and is ignored. */
  readonly config: Configuration;
  /** In the order of the sweep's objectives. */
  readonly objectives: ObjectiveValues;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
}

export type Objectives = Pick<SweepSpec, 'objective' | 'furtherObjectives'>;
type WithObjectives = Pick<TrialResult, 'objectives'>;

/** The losses of each result, by its index. */
export function lossesOfResults(spec: Objectives, results: readonly WithObjectives[]): Losses[] {
  const toLosses = lossesOf(spec);
  return results.map(({ objectives }) => toLosses(objectives));
}

/** The losses in one objective alone, that of the index; Infinity where there is no usable number. */
export const lossColumn = (
  spec: Objectives,
  objective: number,
  results: readonly WithObjectives[],
): Float64Array =>
  Float64Array.from(lossesOfResults(spec, results), (losses) => losses[objective] ?? Infinity);
