import type { Losses } from '../losses';
import { bestFirst } from '../pareto-order';

/** The first `count` by how far they were trained, the furthest first, and among equals the best first. */
export function furthestFirst<T extends { readonly losses: Losses }>(
  trials: readonly T[],
  epochOf: (trial: T) => number,
  count: number,
): T[] {
  const byEpoch = new Map<number, T[]>();
  for (const trial of trials) {
    const group = byEpoch.get(epochOf(trial));
    if (group === undefined) byEpoch.set(epochOf(trial), [trial]);
    else group.push(trial);
  }
  const chosen: T[] = [];
  for (const epoch of [...byEpoch.keys()].sort((a, b) => b - a)) {
    if (chosen.length >= count) break;
    chosen.push(...bestFirst(byEpoch.get(epoch) ?? []).slice(0, count - chosen.length));
  }
  return chosen;
}
