import type { Dimension } from '../space/dimension';
import type { Configuration, SearchSpace } from '../space/search-space';

const isVaried = ({ size }: Dimension): boolean => size > 1;

/** The dimensions with more than one value, in the order of the space. */
export const variedOf = (space: SearchSpace): readonly Dimension[] => space.dimensions.filter(isVaried);

/**
 * From one number in [0, 1] for each varied dimension.
 *
 * @returns undefined where a constraint is broken
 */
export function fromVaried(space: SearchSpace, point: readonly number[]): Configuration | undefined {
  let next = 0;
  return space.fromUnits(
    space.dimensions.map((dimension) => (isVaried(dimension) ? (point[next++] ?? 0.5) : 0.5)),
  );
}
