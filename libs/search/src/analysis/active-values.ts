import type { ParameterName, ParameterValue } from '@fathom/contracts';
import { conditionsOf } from '../space/conditions';
import type { Configuration } from '../space/configuration';
import type { SearchSpace } from '../space/search-space';

/** A value for each dimension of the space, in order; undefined where it is not active. */
export type ActiveValues = readonly (ParameterValue | undefined)[];

/**
 * Reads from complete configurations what the search has decided. As {@link SearchSpace.active}, but with the
 * conditions looked up once for all of the trials.
 */
export function activeValuesOf({ dimensions }: SearchSpace): (config: Configuration) => ActiveValues {
  const indexOf = new Map(dimensions.map(({ name }, index) => [name, index]));
  const readers = dimensions.map((dimension) => ({
    name: dimension.name,
    parents: conditionsOf(dimension).map(([parent, values]) => ({
      index: indexOf.get(parent) ?? -1,
      values: new Set(values),
    })),
  }));
  return (config) => {
    const active: (ParameterValue | undefined)[] = [];
    for (const { name, parents } of readers) {
      const isActive = parents.every(({ index, values }) => {
        const value = active[index];
        return value !== undefined && values.has(value);
      });
      active.push(isActive ? config[name] : undefined);
    }
    return active;
  };
}

/** The same by name, without those that are not active. */
export function namedValues({ dimensions }: SearchSpace, values: ActiveValues): Configuration {
  return Object.fromEntries(
    dimensions.flatMap(({ name }, axis): [ParameterName, ParameterValue][] => {
      const value = values[axis];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
