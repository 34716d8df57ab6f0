import type { ParetoSet } from '@fathom/contracts';
import { isUsable } from '../losses';
import { nonDominatedRanks } from '../pareto';
import type { SearchSpace } from '../space/search-space';
import { lossesOfResults, type Objectives, type TrialResult } from './trial-result';

/**
 * The trials that no other beats in every objective, the best in the main one first; equal ones all stand there. With
 * one objective these are the best trials.
 *
 * @param results those without a usable number for every objective are left out
 */
export function paretoSet(
  space: SearchSpace,
  spec: Objectives,
  results: readonly Pick<TrialResult, 'id' | 'number' | 'config' | 'objectives'>[],
): Omit<ParetoSet, 'objectives'> {
  const all = lossesOfResults(spec, results);
  const usable = results.flatMap((result, index) => {
    const losses = all[index] ?? [];
    return isUsable(losses) ? [{ result, losses }] : [];
  });
  const ranks = nonDominatedRanks(usable.map(({ losses }) => losses));
  const points = usable
    .filter((_, index) => ranks[index] === 0)
    .sort((a, b) => (a.losses[0] ?? 0) - (b.losses[0] ?? 0) || a.result.number - b.result.number)
    .map(({ result: { id, number, config, objectives } }) => ({
      number,
      trialId: id,
      objectives: objectives.map((value) => value ?? NaN),
      values: space.activeValues(config),
    }));
  return { trials: usable.length, points };
}
