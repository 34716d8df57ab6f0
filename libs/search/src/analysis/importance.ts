import { objectivesOf, type Importance } from '@fathom/contracts';
import type { Dimension } from '../space/dimension';
import type { Configuration, SearchSpace } from '../space/search-space';
import { axisGrid } from './axis-grid';
import { lossColumn, type Objectives, type TrialResult } from './trial-result';

/** Share of the trials that count as the best ones. */
const BEST_SHARE = 0.1;
/** The best tenth of fewer is no tenth. */
export const MIN_TRIALS_FOR_IMPORTANCE = 10;
/** A parameter that was active in fewer trials says nothing. */
const MIN_ACTIVE_TRIALS = 2;
/** Keeps the ratio of two densities finite. */
const FLOOR = 1e-12;

/**
 * PED-ANOVA: how much the values of each parameter in the best tenth of the trials differ from its values in all of
 * them, as the Pearson divergence of two Parzen estimates (Watanabe, Bansal and Hutter 2023, "PED-ANOVA: Efficiently
 * Quantifying Hyperparameter Importance in Arbitrary Subspaces", theorem 1). A conditional parameter is looked at
 * where it is active, and weighted by how much more often that is so among the best ("Conditional PED-ANOVA",
 * arXiv 2601.20800, theorem 4.2). The numbers are those of Optuna 5's evaluator. No random numbers; time linear in the
 * trials.
 *
 * @param results those without a usable number for the objective are left out
 * @param objective index of the one that is asked for
 */
export function parameterImportance(
  space: SearchSpace,
  spec: Objectives,
  results: readonly Pick<TrialResult, 'config' | 'objectives'>[],
  objective: number,
): Omit<Importance, 'objective'> {
  const losses = lossColumn(spec, objective, results);
  const usable = losses.filter(Number.isFinite).sort();
  const cutOff = usable[Math.ceil(BEST_SHARE * usable.length) - 1] ?? -Infinity;
  const trials: Trial[] = [];
  results.forEach(({ config }, index) => {
    const loss = losses[index] ?? Infinity;
    if (Number.isFinite(loss)) trials.push({ values: space.activeValues(config), isBest: loss <= cutOff });
  });
  const bestTrials = trials.filter(({ isBest }) => isBest).length;
  const measured = space.dimensions.map((dimension) => {
    const tally = tallyOf(dimension, trials);
    const divergence = weightedDivergence(tally, trials.length, bestTrials);
    return { parameter: dimension.name, trials: tally.active, divergence };
  });
  const sum = measured.reduce((total, { divergence }) => total + divergence, 0);
  const parameters = measured
    .map((one) => ({ ...one, importance: sum > 0 ? one.divergence / sum : 0 }))
    .sort((a, b) => b.divergence - a.divergence);
  return { trials: trials.length, bestTrials, parameters };
}

interface Trial {
  /** Those that are active. */
  readonly values: Configuration;
  readonly isBest: boolean;
}

/** How often each cell of an axis was tried, by all trials and by the best. */
interface Tally {
  readonly all: readonly number[];
  readonly best: readonly number[];
  readonly density: (counts: readonly number[]) => number[];
  readonly active: number;
  readonly activeBest: number;
}

function tallyOf(dimension: Dimension, trials: readonly Trial[]): Tally {
  const grid = axisGrid(dimension);
  const all = new Array<number>(grid.cells).fill(0);
  const best = new Array<number>(grid.cells).fill(0);
  let [active, activeBest] = [0, 0];
  for (const { values, isBest } of trials) {
    const value = values[dimension.name];
    const cell = value === undefined ? undefined : grid.cellOf(value);
    if (cell === undefined) continue;
    active++;
    all[cell] = (all[cell] ?? 0) + 1;
    if (!isBest) continue;
    activeBest++;
    best[cell] = (best[cell] ?? 0) + 1;
  }
  return { all, best, density: grid.density, active, activeBest };
}

/** The divergence where the parameter is active, weighted by how often that is so. */
function weightedDivergence(tally: Tally, trials: number, bestTrials: number): number {
  const { all, best, density, active, activeBest } = tally;
  if (all.length < 2 || active < MIN_ACTIVE_TRIALS || activeBest === 0) return 0;
  const ofBest = density(best);
  const divergence = density(all).reduce((sum, share, cell) => {
    const reference = share + FLOOR;
    return sum + reference * (((ofBest[cell] ?? 0) + FLOOR) / reference - 1) ** 2;
  }, 0);
  const [bestShare, share] = [activeBest / bestTrials, active / trials];
  return (bestShare ** 2 / share) * divergence * (bestTrials / trials) ** 2;
}

/** Index of the objective that is asked for by its metric, or of the main one; undefined where the sweep has none such. */
export function objectiveIndex(spec: Objectives, metric: string | undefined): number | undefined {
  const index =
    metric === undefined ? 0 : objectivesOf(spec).findIndex((objective) => objective.metric === metric);
  return index < 0 ? undefined : index;
}
