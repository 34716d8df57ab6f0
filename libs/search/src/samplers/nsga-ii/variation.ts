import type { Random } from '../../random';
import type { Dimension } from '../../space/dimension';
import { indexAt } from '../../space/numeric-axes';

/** Places of a configuration on the unit interval, one for each dimension; undefined: inactive. */
export type Units = readonly (number | undefined)[];

/** Of the crossover: how near to their parents children lie. */
const CROSSOVER_INDEX = 20;
/** Of the mutation. */
const MUTATION_INDEX = 20;
/** Of two parents being crossed at all; otherwise the child is the first of them. */
const CROSSOVER_PROBABILITY = 0.9;

/**
 * A child of two parents. Ordered parameters are crossed by simulated binary crossover, the others by taking either
 * parent's value; a parameter that only one parent has comes from it, one that neither has from the prior. Then each
 * changes with probability 1 / (number of parameters): ordered ones by polynomial mutation, the others to any other
 * value.
 *
 * Probabilities and indices are those of Deb et al. 2002, section V-A.
 */
export function childOf(
  mother: Units,
  father: Units,
  dimensions: readonly Dimension[],
  random: Random,
): number[] {
  const isCrossed = random.uniform() < CROSSOVER_PROBABILITY;
  return dimensions.map((dimension, i) => {
    const place = inherited(mother[i], father[i], isCrossed, dimension, random);
    return random.uniform() * dimensions.length < 1 ? mutated(place, dimension, random) : place;
  });
}

function inherited(
  mother: number | undefined,
  father: number | undefined,
  isCrossed: boolean,
  { isOrdered }: Dimension,
  random: Random,
): number {
  if (mother === undefined || father === undefined) return mother ?? father ?? random.uniform();
  // As in Deb's own program, half of the parameters of crossed parents are left as they are.
  if (!isCrossed || random.uniform() < 0.5) return mother;
  const isSecond = random.uniform() < 0.5;
  if (!isOrdered) return isSecond ? father : mother;
  return simulatedBinary(mother, father, random.uniform(), isSecond);
}

/**
 * One of two children on both sides of their parents' middle, bounded to [0, 1] (Deb and Agrawal 1995, "Simulated
 * binary crossover for continuous search space"; with bounds as in Deb's own program of NSGA-II, revision 1.1.6).
 *
 * @param u a uniform random number
 */
export function simulatedBinary(mother: number, father: number, u: number, isUpper: boolean): number {
  const [low, high] = [Math.min(mother, father), Math.max(mother, father)];
  const distance = high - low;
  if (distance < 1e-14) return mother;
  const room = isUpper ? 1 - high : low;
  const alpha = 2 - (1 + (2 * room) / distance) ** -(CROSSOVER_INDEX + 1);
  const spread = (u <= 1 / alpha ? u * alpha : 1 / (2 - u * alpha)) ** (1 / (CROSSOVER_INDEX + 1));
  const child = (low + high + (isUpper ? spread : -spread) * distance) / 2;
  return Math.min(1, Math.max(0, child));
}

function mutated(place: number, dimension: Dimension, random: Random): number {
  const { size, isOrdered } = dimension;
  if (size === 1) return place;
  if (!isOrdered) return (((indexAt(place, size) + 1 + random.below(size - 1)) % size) + 0.5) / size;
  const moved = polynomial(place, random.uniform());
  if (!Number.isFinite(size) || dimension.fromUnit(moved) !== dimension.fromUnit(place)) return moved;
  // Most moves of a coarse parameter would end in the cell where they began; it takes the next value instead.
  const current = dimension.indexOf(dimension.fromUnit(place));
  const isUp = current === 0 || (current < size - 1 && moved > place);
  return dimension.toUnit(dimension.at(current + (isUp ? 1 : -1)));
}

/**
 * Polynomial mutation on [0, 1] (Deb and Goyal 1996, "A combined genetic adaptive search for engineering design"; with
 * bounds as in Deb's own program of NSGA-II, revision 1.1.6).
 *
 * @param u a uniform random number
 */
export function polynomial(place: number, u: number): number {
  const power = MUTATION_INDEX + 1;
  const shift =
    u < 0.5
      ? (2 * u + (1 - 2 * u) * (1 - place) ** power) ** (1 / power) - 1
      : 1 - (2 * (1 - u) + (2 * u - 1) * place ** power) ** (1 / power);
  return Math.min(1, Math.max(0, place + shift));
}
