import type { ParameterName, ParameterValue } from '@fathom/contracts';
import type { Random } from '../random';
import type { Dimension } from '../space/dimension';
import type { Configuration, SearchSpace } from '../space/search-space';

export interface Perturbation {
  readonly mutate: ReadonlySet<ParameterName>;
  /** Of a parameter being drawn anew. */
  readonly resampleProbability: number;
  /** By one of which a number is multiplied otherwise. */
  readonly factors: readonly number[];
}

/** Tries before a configuration stays as it is, because the constraints leave no way. */
const MAX_TRIES = 20;

/**
 * Explore of population-based training, as Ray Tune does it: each parameter is drawn anew with a probability, else a
 * number of a range is multiplied by one of the factors and kept inside the range, and a value of a list moves one place
 * up or down. Only what may change during a training is in `mutate`; conditions and constraints hold.
 */
export function perturb(
  values: Configuration,
  space: SearchSpace,
  random: Random,
  { mutate, resampleProbability, factors }: Perturbation,
): Configuration {
  const move = (dimension: Dimension, value: ParameterValue): ParameterValue => {
    if (random.uniform() < resampleProbability) return dimension.draw(random.uniform());
    if (dimension.range === undefined) return shifted(dimension, value, random.below(2) === 0 ? -1 : 1);
    return scaled(dimension.range, dimension, Number(value) * (factors[random.below(factors.length)] ?? 1));
  };
  for (let i = 0; i < MAX_TRIES; i++) {
    const changed: Partial<Record<ParameterName, ParameterValue>> = { ...values };
    for (const dimension of space.active(values)) {
      const value = values[dimension.name];
      if (value !== undefined && mutate.has(dimension.name)) changed[dimension.name] = move(dimension, value);
    }
    if (space.allows(changed)) return changed;
  }
  return values;
}

function shifted(dimension: Dimension, value: ParameterValue, places: number): ParameterValue {
  const index = Math.min(dimension.size - 1, Math.max(0, dimension.indexOf(value) + places));
  return dimension.at(index);
}

function scaled(
  { low, high, step }: NonNullable<Dimension['range']>,
  { at, size }: Dimension,
  value: number,
): ParameterValue {
  const inside = Math.min(high, Math.max(low, Number(value.toPrecision(12))));
  return step === undefined ? inside : at(Math.min(size - 1, Math.round((inside - low) / step)));
}

/** "learningRate 0.1 to 0.12", for people; empty: nothing has changed. */
export function changeInWords(from: Configuration, to: Configuration): string {
  const names = Object.keys(to) as ParameterName[];
  return names
    .filter((name) => to[name] !== from[name])
    .map((name) => `${name} ${inWords(from[name])} to ${inWords(to[name])}`)
    .join(', ');
}

const inWords = (value: ParameterValue | undefined): string =>
  String(typeof value === 'number' ? Number(value.toPrecision(4)) : value);
