import { SearchSpace, type SpaceSpec } from './search-space';

const MAX_KEPT = 32;
const kept = new Map<string, SearchSpace>();

/**
 * The space of a spec. A searcher is made anew for every decision; a space, which never changes, is kept for the specs
 * used last, because listing what constraints allow takes up to half a second.
 *
 * @throws SearchSpecError like {@link SearchSpace}
 */
export function spaceOf({ space, constraints = [], recipe }: SpaceSpec): SearchSpace {
  const key = JSON.stringify([space, constraints, recipe]);
  const found = kept.get(key) ?? new SearchSpace({ space, constraints, recipe });
  // Put last, so that the first is the one unused for longest.
  kept.delete(key);
  kept.set(key, found);
  for (const [oldest] of kept) {
    if (kept.size <= MAX_KEPT) break;
    kept.delete(oldest);
  }
  return found;
}
