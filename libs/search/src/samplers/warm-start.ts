import { objectivesOf, type ParameterName, type SweepSpec, type WarmStartTrial } from '@fathom/contracts';
import { SearchSpecError } from '../search-spec-error';
import { itTakes } from '../space/conditions';
import type { Configuration, SearchSpace } from '../space/search-space';

type Spec = Pick<SweepSpec, 'warmStart' | 'objective' | 'furtherObjectives' | 'constraints'>;

/** The configurations of trials that were imported; a configuration may stand there several times. */
export const importedConfigurations = ({
  warmStart,
}: Pick<SweepSpec, 'warmStart'>): readonly Configuration[] => warmStart.trials.map(({ values }) => values);

/** @throws SearchSpecError for an imported trial that does not belong to this space and these objectives */
export function demandWarmStart(spec: Spec, space: SearchSpace): void {
  const objectives = objectivesOf(spec);
  spec.warmStart.trials.forEach((trial, index) => {
    const path = ['warmStart', 'trials', index];
    if (trial.objectives.length !== objectives.length)
      throw new SearchSpecError(
        [...path, 'objectives'],
        `the sweep has ${String(objectives.length)} objectives (${objectives.map(({ metric }) => metric).join(', ')}), ` +
          `given ${String(trial.objectives.length)} numbers`,
      );
    if (!space.allows(trial.values)) throw faultOf(trial, space, [...path, 'values'], spec.constraints);
  });
}

function faultOf(
  { values }: WarmStartTrial,
  space: SearchSpace,
  path: readonly (string | number)[],
  constraints: readonly string[],
): SearchSpecError {
  const active = space.active(values);
  const names = active.map(({ name }) => name);
  for (const name of Object.keys(values) as ParameterName[])
    if (!names.includes(name))
      return new SearchSpecError(
        [...path, name],
        `${name} is not searched with these values; searched are ${names.join(', ')}`,
      );
  for (const dimension of active) {
    const { name, contains } = dimension;
    const value = values[name];
    if (value === undefined) return new SearchSpecError(path, `${name} is missing; ${itTakes(dimension)}`);
    if (!contains(value))
      return new SearchSpecError(
        [...path, name],
        `${name} never takes ${JSON.stringify(value)}; ${itTakes(dimension)}`,
      );
  }
  const broken = space.broken(values).map((index) => JSON.stringify(constraints[index]));
  return new SearchSpecError(path, `these values break the constraint ${broken.join(' and ')}`);
}
