import type { ParameterName, ParameterValue } from '@fathom/contracts';
import { SearchSpecError } from '../search-spec-error';
import type { Constraint } from './constraints';
import type { FreeSpace } from './free-space';

/** A constrained space of more combinations than this is not listed: it can be drawn from, but not counted. */
export const MAX_LISTED = 200_000;

/**
 * The indices of a free space of at most {@link MAX_LISTED} configurations under which every constraint holds,
 * ascending. A constraint is asked as soon as everything it depends on is known, so whole branches are left out.
 *
 * @throws SearchSpecError where there are none
 */
export function allowedIndices(free: FreeSpace, constraints: readonly Constraint[]): Uint32Array {
  const { dimensions } = free;
  const due = dimensions.map((_, i) => constraints.filter(({ last }) => last === i || (i === 0 && last < 0)));
  const values: Partial<Record<ParameterName, ParameterValue>> = {};
  const found: number[] = [];
  free.walk({
    enter: (i, value) => {
      const name = dimensions[i]?.name;
      // Left out where inactive, so that the recipe's value or the default shows.
      if (name !== undefined) {
        if (value === undefined) Reflect.deleteProperty(values, name);
        else values[name] = value;
      }
      return due[i]?.every(({ holds }) => holds(values)) ?? true;
    },
    found: (index) => found.push(index),
  });
  if (found.length === 0)
    throw new SearchSpecError(
      constraints.length === 1 ? ['constraints', 0] : ['constraints'],
      `none of the ${String(free.size)} configurations of the space is allowed by the constraints`,
    );
  return Uint32Array.from(found);
}
