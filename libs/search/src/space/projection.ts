import { parameterNames, type Domain, type ParameterName } from '@fathom/contracts';
import type { Configuration } from './configuration';
import { conditionsOf } from './conditions';
import { SearchSpace, type SpaceSpec } from './search-space';
import { spaceOf } from './space-of';

/** The combinations of some parameters that a space may have, those that they depend on included. */
export interface Projection {
  /** Combinations under conditions; of a continuous parameter the ends of its range. */
  readonly size: number;
  /** @param index 0 <= index < size */
  readonly at: (index: number) => Configuration;
  /**
   * Whether a configuration has this combination. Constraints over its parameters alone are asked; where a constraint
   * depends on others too, a few hundred draws of those look for one that meets it. When all these draws together are
   * too many, the rest count as reached.
   */
  readonly isReached: (values: Configuration) => boolean;
}

const DRAWS = 300;
const MAX_DRAWS = 300_000;

/** @throws SearchSpecError where the space itself cannot be */
export function projectionOf(spec: SpaceSpec, parameters: readonly ParameterName[]): Projection {
  const space = spaceOf(spec);
  const wanted = new Set(parameters);
  // Parents stand before their children, so that going backwards meets all of them.
  for (const dimension of [...space.dimensions].reverse())
    if (wanted.has(dimension.name)) for (const [parent] of conditionsOf(dimension)) wanted.add(parent);
  const domains = parameterNames.flatMap((name) => {
    const domain = wanted.has(name) ? spec.space[name] : undefined;
    const isContinuous = space.dimensions.some(
      (dimension) => dimension.name === name && dimension.size === Infinity,
    );
    return domain === undefined ? [] : [[name, isContinuous ? endsOf(domain) : domain] as const];
  });
  const part = new SearchSpace({ space: Object.fromEntries(domains), recipe: spec.recipe });
  let draws = 0;
  return {
    size: part.size,
    at: (index) => part.at(index),
    isReached: (values) => {
      if (draws >= MAX_DRAWS) return true;
      draws += DRAWS;
      return space.reaches(values, wanted, DRAWS);
    },
  };
}

/** A continuous range as a list of its ends. */
function endsOf(domain: Domain): Domain {
  if (Array.isArray(domain) || !('min' in domain)) return domain;
  return { values: [domain.min, domain.max], ...(domain.when === undefined ? {} : { when: domain.when }) };
}
