import type { SearchSpec, SweepSpec } from '@fathom/contracts';
import { SearchSpecError } from '../search-spec-error';
import { MAX_LISTED } from '../space/allowed';
import type { SearchSpace } from '../space/search-space';
import { variedOf } from './varied';

/** @throws SearchSpecError where the algorithm cannot search this space, or for so many objectives */
export function demandFit(
  { search, furtherObjectives }: Pick<SweepSpec, 'search' | 'furtherObjectives'>,
  space: SearchSpace,
): void {
  switch (search.algorithm) {
    case 'grid':
      demandGrid(space);
      return;
    case 'gp':
      demandOneObjective(search.algorithm, 1 + furtherObjectives.length);
      return;
    case 'cma-es':
      demandOneObjective(search.algorithm, 1 + furtherObjectives.length);
      demandNumbers(space);
      return;
    case 'random':
    case 'sobol':
    case 'tpe':
    case 'nsga-ii':
      return;
  }
}

/**
 * @param taken distinct configurations that are known already
 * @throws SearchSpecError for more trials than there are configurations left
 */
export function demandTrials(space: SearchSpace, trials: number, taken: number): void {
  if (trials <= (space.isCountable ? space.size - taken : space.likelySize / 2 - taken)) return;
  const count = space.isCountable
    ? `the space has only ${String(space.size)} distinct configurations${taken > 0 ? `, ${String(taken)} of them imported` : ''}`
    : `the constraints leave about ${String(space.likelySize)} configurations, of which random draws find half`;
  throw new SearchSpecError(['search', 'trials'], `${count}, given ${String(trials)} trials`);
}

function demandGrid(space: SearchSpace): void {
  const continuous = space.dimensions.find(({ size }) => !Number.isFinite(size));
  if (continuous)
    throw new SearchSpecError(
      ['space', continuous.name],
      `grid search needs finitely many values: give ${continuous.name} a list of values, a step, or points`,
    );
  if (!space.isCountable)
    throw new SearchSpecError(
      ['space'],
      'grid search has to list what the constraints allow, and the space has more combinations than the ' +
        `${String(MAX_LISTED)} it can list: narrow it, or use random search`,
    );
}

function demandOneObjective(algorithm: SearchSpec['algorithm'], objectives: number): void {
  if (objectives > 1)
    throw new SearchSpecError(
      ['search', 'algorithm'],
      `${algorithm} takes one objective, given ${String(objectives)}: use tpe or nsga-ii, or grid, random or sobol`,
    );
}

function demandNumbers(space: SearchSpace): void {
  const unordered = variedOf(space).find(({ isOrdered }) => !isOrdered);
  if (unordered)
    throw new SearchSpecError(
      ['search', 'algorithm'],
      `cma-es takes numbers only, and ${unordered.name} is a choice without an order: use tpe, gp, random or sobol, ` +
        `or fix ${unordered.name} in the recipe`,
    );
}
