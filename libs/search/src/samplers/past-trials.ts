import {
  objectivesOf,
  parameterNames,
  type Objective,
  type SweepSpec,
  type TrainingConfig,
  type WarmStartTrial,
} from '@fathom/contracts';
import { configOf } from '../config-of';
import { spaceOf } from '../space/space-of';

/** A completed trial of another sweep. */
export interface PastTrial {
  readonly config: TrainingConfig;
  /** In the order of that sweep's objectives. */
  readonly objectives: readonly (number | null)[];
}

/**
 * The completed trials of another sweep as imported ones of this sweep: those with a configuration that this sweep could
 * propose, whatever their seed where `seed` is not searched, and with a number for each of its objectives.
 *
 * @param pastObjectives of the other sweep; each of this sweep's must be among them
 */
export function importsOf(
  spec: SweepSpec,
  past: readonly PastTrial[],
  pastObjectives: readonly Objective[],
): WarmStartTrial[] {
  const space = spaceOf(spec);
  const places = objectivesOf(spec).map(({ metric }) =>
    pastObjectives.findIndex((objective) => objective.metric === metric),
  );
  const compared = parameterNames.filter((name) => name !== 'seed' || spec.space.seed !== undefined);
  return past.flatMap(({ config, objectives }) => {
    const values = space.valuesOf(config);
    if (values === undefined) return [];
    const whole = configOf(spec, values);
    if (compared.some((name) => whole[name] !== config[name])) return [];
    const numbers = places.flatMap((place) => objectives[place] ?? []);
    return numbers.length < places.length ? [] : [{ values, objectives: numbers }];
  });
}
