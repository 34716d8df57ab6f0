import { MAX_TRIALS, type SweepSpec } from '@fathom/contracts';
import { remaining } from '../samplers/remaining';
import { importedConfigurations } from '../samplers/warm-start';
import { SearchSpecError } from '../search-spec-error';
import { spaceOf } from '../space/space-of';
import { depthGroup } from './comparison';

/**
 * Median stopping within a depth, where it is known before the first trial how large each group will be: of a grid, and of any
 * search that goes through the whole space.
 *
 * @throws SearchSpecError where no trial could ever be stopped
 */
export function checkMedianGroups(spec: SweepSpec, plannedTrials: number): void {
  const { scheduler } = spec;
  if (scheduler.algorithm !== 'median' || scheduler.compare !== 'depth') return;
  const largest = largestGroup(spec, plannedTrials);
  if (largest === undefined || scheduler.startupTrials < largest) return;
  throw new SearchSpecError(
    ['scheduler', 'startupTrials'],
    `trials are compared within their depth, of which none has more than ${String(largest)} trials, so that none could be ` +
      `stopped after ${String(scheduler.startupTrials)} complete ones; allowed: ` +
      `${largest > 1 ? `below ${String(largest)}, or ` : ''}compare: all`,
  );
}

/** Trials of the largest group; undefined where the search decides on the way. */
function largestGroup(spec: SweepSpec, plannedTrials: number): number | undefined {
  const space = spaceOf(spec);
  if (!space.isCountable || plannedTrials > MAX_TRIALS) return undefined;
  const { size, indexAt } = remaining(space, importedConfigurations(spec));
  if (spec.search.algorithm !== 'grid' && plannedTrials < size) return undefined;
  const counts = new Map<string, number>();
  for (let n = 0; n < plannedTrials; n++) {
    const group = depthGroup(spec, space.at(indexAt(n)));
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return Math.max(...counts.values());
}
