import { minimise } from '../../numeric/l-bfgs';
import type { Random } from '../../random';
import type { Dimension } from '../../space/dimension';
import type { Configuration, SearchSpace } from '../../space/search-space';
import type { Encoding } from './encoding';

/** What is to be as large as possible, over rows of the encoding, with its slope by coordinate (0 for categories). */
export interface Acquisition {
  value(row: Float64Array): number;
  withSlope(row: Float64Array): { readonly value: number; readonly slope: Float64Array };
}

export interface Search {
  readonly space: SearchSpace;
  readonly encoding: Encoding;
  readonly acquisition: Acquisition;
  /** By coordinate, how far one has to go for the function to change. */
  readonly lengths: Float64Array;
  /** Not to be proposed again. */
  readonly isTaken: (values: Configuration) => boolean;
  readonly random: Random;
}

/** Draws of the space from which the search starts. */
const DRAWS = 1_000;
/** Of these so many are improved, besides the starts that are given. */
const STARTS = 5;
/** Rounds over the smooth and then the discrete dimensions. */
const MAX_ROUNDS = 10;
const MAX_ITERATIONS = 50;
/** Dimensions with up to so many values are gone through value by value; longer ordered ones count as smooth. */
const MAX_LISTED = 16;
/** Of a longer list without order so many values are tried. */
const MAX_TRIED = 64;
/** Neighbours on each side that are tried of a value that was smooth before. */
const NEIGHBOURS = 4;

/** A place of the search: one number per dimension of the space, also of those inactive now. */
interface Place {
  readonly units: readonly number[];
  readonly values: Configuration;
  readonly row: Float64Array;
  readonly score: number;
}

/**
 * The configuration with the largest acquisition value that is found: many draws, of which the best and some others
 * (chosen by their value) are improved by gradient steps over the smooth dimensions and coordinate search over the
 * discrete ones, in turn, until neither gains (as Optuna 5, optuna/_gp/optim_mixed.py). Conditions and constraints
 * hold. Costs a bounded number of acquisition values.
 *
 * @param starts configurations worth starting from, whatever their value
 * @returns undefined where every configuration that was seen is taken
 */
export function searchAcquisition(
  search: Search,
  starts: readonly Configuration[],
): Configuration | undefined {
  const { space, random } = search;
  const drawn = Array.from({ length: DRAWS }, () => placeOf(search, space.draw(random.uniform)));
  const from = [...starts.map((values) => placeOf(search, values)), ...chosen(drawn, random)];
  const found = from.map((start) => improved(search, start));
  const best = [...found, ...drawn].reduce((a, b) => (b.score > a.score ? b : a));
  return best.score === -Infinity ? undefined : best.values;
}

function placeOf(search: Search, values: Configuration): Place {
  const units = search.space.toUnits(values).map((unit) => unit ?? search.random.uniform());
  return scored(search, units, values);
}

function scored(search: Search, units: readonly number[], values: Configuration): Place {
  const row = search.encoding.rowOf(values, 1);
  const score = search.isTaken(values) ? -Infinity : search.acquisition.value(row);
  return { units, values, row, score };
}

/** @returns undefined where a constraint is broken */
function moved(search: Search, units: readonly number[]): Place | undefined {
  const values = search.space.fromUnits(units);
  return values === undefined ? undefined : scored(search, units, values);
}

/** The best, and others with probability in proportion to what the acquisition is the logarithm of. */
function chosen(drawn: readonly Place[], random: Random): Place[] {
  const order = drawn.filter(({ score }) => score > -Infinity).sort((a, b) => b.score - a.score);
  const picked = order.splice(0, 1);
  const top = picked[0]?.score ?? 0;
  const weights = order.map(({ score }) => Math.exp(score - top));
  while (picked.length < STARTS) {
    let rest = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
    const index = weights.findIndex((weight) => weight > 0 && (rest -= weight) <= 0);
    const place = order[index];
    if (place === undefined) break;
    weights[index] = 0;
    picked.push(place);
  }
  return picked;
}

function improved(search: Search, start: Place): Place {
  let best = start;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = best.score;
    best = climbed(search, best);
    const smooth = best.score;
    search.space.dimensions.forEach(
      (dimension, index) => (best = bestNeighbour(search, best, dimension, index)),
    );
    if (best.score <= smooth || best.score <= before) break;
  }
  return best;
}

const isSmooth = ({ isOrdered, size }: Dimension): boolean => isOrdered && size > MAX_LISTED;

/** Steps along the gradient; discrete values are taken as smooth and rounded at the end. */
function climbed(search: Search, start: Place): Place {
  const { space, encoding, acquisition, lengths } = search;
  const smooth = encoding.dimensions.flatMap((dimension, coordinate) =>
    isSmooth(dimension) && start.values[dimension.name] !== undefined
      ? [{ coordinate, index: space.dimensions.indexOf(dimension), length: lengths[coordinate] ?? 1 }]
      : [],
  );
  if (smooth.length === 0) return start;
  const row = start.row.slice();
  // In units of the lengths, the function is about equally curved in all directions.
  const { x } = minimise(
    (scaled) => {
      smooth.forEach(({ coordinate, length }, i) => (row[coordinate] = (scaled[i] ?? 0) * length));
      const { value, slope } = acquisition.withSlope(row);
      const gradient = Float64Array.from(
        smooth,
        ({ coordinate, length }) => -(slope[coordinate] ?? 0) * length,
      );
      return { value: -value, gradient };
    },
    Float64Array.from(smooth, ({ coordinate, length }) => (start.row[coordinate] ?? 0) / length),
    {
      lower: new Float64Array(smooth.length),
      upper: Float64Array.from(smooth, ({ length }) => 1 / length),
      maxIterations: MAX_ITERATIONS,
      tolerance: 1e-2,
    },
  );
  const units = [...start.units];
  smooth.forEach(({ index, length }, i) => (units[index] = (x[i] ?? 0) * length));
  const end = moved(search, units);
  return end !== undefined && end.score > start.score ? end : start;
}

function bestNeighbour(search: Search, start: Place, dimension: Dimension, index: number): Place {
  const value = start.values[dimension.name];
  if (value === undefined || !Number.isFinite(dimension.size) || dimension.size === 1) return start;
  let best = start;
  for (const other of neighbours(dimension, dimension.indexOf(value), search.random)) {
    const place = moved(search, start.units.with(index, dimension.toUnit(dimension.at(other))));
    if (place !== undefined && place.score > best.score) best = place;
  }
  return best;
}

function neighbours(dimension: Dimension, current: number, random: Random): number[] {
  const { size, isOrdered } = dimension;
  if (isSmooth(dimension)) {
    const first = Math.max(0, current - NEIGHBOURS);
    const last = Math.min(size - 1, current + NEIGHBOURS);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((i) => i !== current);
  }
  if (isOrdered || size <= MAX_TRIED) return [...Array(size).keys()].filter((i) => i !== current);
  return Array.from({ length: MAX_TRIED }, () => random.below(size));
}
