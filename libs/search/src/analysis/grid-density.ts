import { logCdfDifference } from '../normal';

/**
 * Parzen estimate of where on a grid observations lie; the densities of all cells add up to 1. The estimators and
 * their constants are those of PED-ANOVA (Watanabe, Bansal and Hutter 2023, section 4) as Optuna 5 computes them.
 */

/** Weight of the kernel that stands for no knowledge; an observation has 1. */
const PRIOR_WEIGHT = 1;
/** Narrowest kernel in cells: 90 % of it lie in its own. */
const MIN_BANDWIDTH = 0.5 / 1.64;

/**
 * Cells in a row, each a kernel of the truncated discrete normal distribution, with Scott's bandwidth (Scott 1992,
 * "Multivariate Density Estimation", section 6.2.1).
 *
 * @param counts observations in each cell; not all 0
 */
export function orderedDensity(counts: readonly number[]): number[] {
  const cells = counts.length;
  const observed = counts.flatMap((count, cell) => (count > 0 ? [{ cell, count }] : []));
  const total = observed.reduce((sum, { count }) => sum + count, 0);
  const bandwidth = Math.max(scottBandwidth(observed, total), MIN_BANDWIDTH);
  const density = new Array<number>(cells).fill(0);
  const add = (weight: number, share: (cell: number) => number) => {
    for (let cell = 0; cell < cells; cell++)
      density[cell] = (density[cell] ?? 0) + (weight / (total + PRIOR_WEIGHT)) * share(cell);
  };
  // How much of a kernel lies in the cell at a distance: the same for all kernels of one bandwidth.
  const massAt = Array.from({ length: cells }, (_, distance) => cellMass(distance, bandwidth));
  for (const { cell: mean, count } of observed) {
    const inside = normalMass(-0.5 - mean, cells - 0.5 - mean, bandwidth);
    add(count, (cell) => (massAt[Math.abs(cell - mean)] ?? 0) / inside);
  }
  const middle = (cells - 1) / 2;
  const inside = normalMass(-cells / 2, cells / 2, cells);
  add(PRIOR_WEIGHT, (cell) => cellMass(cell - middle, cells) / inside);
  return density;
}

/** Probability that a normal variable of mean 0 lies between two numbers. */
const normalMass = (from: number, to: number, deviation: number): number =>
  Math.exp(logCdfDifference(from / deviation, to / deviation));

const cellMass = (distance: number, deviation: number): number =>
  normalMass(distance - 0.5, distance + 0.5, deviation);

interface Observed {
  readonly cell: number;
  readonly count: number;
}

/** 1.059 min(interquartile range / 1.34, standard deviation) n^(-1/5), in cells. */
function scottBandwidth(observed: readonly Observed[], total: number): number {
  const mean = observed.reduce((sum, { cell, count }) => sum + cell * count, 0) / total;
  const squares = observed.reduce((sum, { cell, count }) => sum + count * (cell - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / Math.max(1, total - 1));
  const quartiles = quartileAt(observed, total);
  return 1.059 * Math.min(quartiles / 1.34, deviation) * total ** -0.2;
}

/** The distance of the third from the first quartile, each a cell that was observed. */
function quartileAt(observed: readonly Observed[], total: number): number {
  let [below, first, third] = [0, observed[0]?.cell ?? 0, observed.at(-1)?.cell ?? 0];
  let [hasFirst, hasThird] = [false, false];
  for (const { cell, count } of observed) {
    below += count;
    if (!hasFirst && below >= Math.floor(total / 4)) [first, hasFirst] = [cell, true];
    if (!hasThird && below > Math.floor((3 * total) / 4)) [third, hasThird] = [cell, true];
  }
  return third - first;
}

/**
 * Cells without an order: each observed value is a kernel that gives the others a little too.
 *
 * @param counts observations of each value; not all 0
 */
export function categoricalDensity(counts: readonly number[]): number[] {
  const values = counts.length;
  const observed = counts.reduce((sum, count) => sum + Number(count > 0), 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const little = PRIOR_WEIGHT / (observed + 1);
  const rowSum = 1 + values * little;
  return counts.map((count) => {
    const weighted = (count * (1 + little) + (total - count) * little) / rowSum;
    return (weighted + PRIOR_WEIGHT / values) / (total + PRIOR_WEIGHT);
  });
}
