import type { ParameterValue } from '@fathom/contracts';
import type { Dimension } from '../space/dimension';
import { categoricalDensity, orderedDensity } from './grid-density';

/** An axis cut into cells, to count in which of them trials lie. */
export interface AxisGrid {
  readonly cells: number;
  /** undefined for a value that the axis does not have. */
  cellOf(value: ParameterValue): number | undefined;
  readonly density: (counts: readonly number[]) => number[];
}

/** The most cells of a numeric axis. */
const MAX_CELLS = 50;

/**
 * The grid of PED-ANOVA: lists keep their values, each a category of its own; of ranges every value has a cell, up to
 * 50, which are spaced evenly (by equal factors on a log scale). Whole numbers on a log scale have one cell for each
 * doubling, and one more.
 */
export function axisGrid(dimension: Dimension): AxisGrid {
  return dimension.range === undefined ? listGrid(dimension) : rangeGrid(dimension, dimension.range);
}

function listGrid(dimension: Dimension): AxisGrid {
  const cells = new Map<ParameterValue, number>();
  for (let index = 0; index < dimension.size; index++) cells.set(dimension.at(index), index);
  return { cells: dimension.size, cellOf: (value) => cells.get(value), density: categoricalDensity };
}

function rangeGrid(dimension: Dimension, range: NonNullable<Dimension['range']>): AxisGrid {
  const { size } = dimension;
  const ends = Number.isFinite(size) ? [dimension.at(0), dimension.at(size - 1)] : [range.low, range.high];
  const [low = 0, high = 0] = ends.map((end) => scaled(Number(end), range.log));
  const wanted =
    dimension.kind === 'integer' && range.log
      ? Math.ceil(Math.log(Number(ends[1]) - Number(ends[0]) + 1) / Math.LN2) + 1
      : size;
  const cells = Math.min(wanted, MAX_CELLS);
  const width = (high - low) / (cells - 1);
  // A value midway between two cells goes to the lower one.
  const cellOf = (value: ParameterValue) =>
    Math.min(cells - 1, Math.max(0, Math.ceil((scaled(Number(value), range.log) - low) / width - 0.5)));
  return { cells, cellOf, density: orderedDensity };
}

const scaled = (value: number, isLog: boolean): number => (isLog ? Math.log(value) : value);
