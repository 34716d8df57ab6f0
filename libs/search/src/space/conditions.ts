import { parameterNames, type ParameterName, type ParameterValue, type SweepSpec } from '@fathom/contracts';
import { SearchSpecError } from '../search-spec-error';
import { dimensionOf, type Dimension } from './dimension';

/** Parents of a parameter with the values of theirs under which it is active, in the order of the configuration. */
export function conditionsOf({ when }: Dimension): (readonly [ParameterName, readonly ParameterValue[]])[] {
  return parameterNames.flatMap((parent) => {
    const values = when?.[parent];
    return values === undefined ? [] : [[parent, values] as const];
  });
}

/**
 * The dimensions in an order that does not depend on how the spec was written: the training configuration's order,
 * but `seed` first, and parents before what depends on them. As the first dimension varies slowest, a grid completes
 * one pass over everything else before it repeats it with another seed.
 *
 * @throws SearchSpecError for a condition that can never hold
 */
export function orderedDimensions({
  space,
  recipe,
}: Pick<SweepSpec, 'space' | 'recipe'>): readonly Dimension[] {
  const names: ParameterName[] = ['seed', ...parameterNames.filter((name) => name !== 'seed')];
  const all = new Map(
    names.flatMap((name) => {
      const domain = space[name];
      return domain === undefined ? [] : [[name, dimensionOf(name, domain)] as const];
    }),
  );
  for (const dimension of all.values()) checkConditions(dimension, all);
  const depth = all.get('depth');
  if (depth?.when !== undefined && recipe.depth === undefined)
    throw new SearchSpecError(
      ['space', 'depth', 'when'],
      'depth has no default, so it cannot be conditional: give recipe.depth for where it is not searched',
    );
  const ordered = new Set<Dimension>();
  for (const dimension of all.values()) place(dimension, all, ordered, []);
  return [...ordered];
}

type Dimensions = ReadonlyMap<ParameterName, Dimension>;

function place(
  dimension: Dimension,
  all: Dimensions,
  ordered: Set<Dimension>,
  children: readonly ParameterName[],
): void {
  const { name } = dimension;
  if (ordered.has(dimension)) return;
  if (children.includes(name))
    throw new SearchSpecError(
      ['space', name, 'when'],
      `the conditions go round in a circle: ${[...children.slice(children.indexOf(name)), name].join(' depends on ')}`,
    );
  for (const [parent] of conditionsOf(dimension)) {
    const found = all.get(parent);
    if (found) place(found, all, ordered, [...children, name]);
  }
  ordered.add(dimension);
}

/** The branches of a space are counted value by value. */
const MAX_PARENT_VALUES = 1_000;

function checkConditions(dimension: Dimension, all: Dimensions): void {
  for (const [parent, values] of conditionsOf(dimension)) {
    const path = ['space', dimension.name, 'when', parent];
    const found = all.get(parent);
    if (found === undefined)
      throw new SearchSpecError(
        path,
        `${parent} is not in the space, so ${dimension.name} cannot depend on it; the space has ${[...all.keys()].join(', ')}`,
      );
    if (!Number.isFinite(found.size))
      throw new SearchSpecError(
        path,
        `${parent} is continuous and meets no given value: give it a list of values, a step, or points`,
      );
    if (found.size > MAX_PARENT_VALUES)
      throw new SearchSpecError(
        path,
        `${parent} has ${String(found.size)} values; a parameter that others depend on has at most ${String(MAX_PARENT_VALUES)}`,
      );
    values.forEach((value, index) => {
      if (!found.contains(value))
        throw new SearchSpecError(
          [...path, index],
          `${parent} never takes ${JSON.stringify(value)}; ${itTakes(found)}`,
        );
    });
  }
}

const SHOWN = 10;

/** The values of a dimension in words, the first of many. */
export function itTakes({ range, size, at }: Dimension): string {
  if (range !== undefined) {
    const by = range.step === undefined ? '' : ` in steps of ${String(range.step)}`;
    return `it takes ${String(range.low)} to ${String(range.high)}${by}`;
  }
  const shown = Array.from({ length: Math.min(size, SHOWN) }, (_, index) => JSON.stringify(at(index)));
  return `it takes ${shown.join(', ')}${size > SHOWN ? ` and ${String(size - SHOWN)} more` : ''}`;
}
