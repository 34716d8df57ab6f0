import { hypervolume } from '../../hypervolume';
import type { Losses } from '../../losses';
import { compareInOrder } from '../../pareto';

/**
 * So many points of one front that together dominate much: one after the other the one that adds most to the
 * hypervolume, which comes to at least 1 - 1/e of what the best choice would (Guerreiro, Fonseca and Paquete 2016,
 * "Greedy hypervolume subset selection in low dimensions"). Equal points count once, as long as others are left.
 *
 * @returns indices, in the order of their choice
 */
export function hypervolumeSubset(front: readonly Losses[], size: number): number[] {
  const distinct = distinctInOrder(front);
  const chosen = greedy(
    distinct.map((index) => front[index] ?? []),
    Math.min(size, distinct.length),
    referenceOf(front),
  ).map((i) => distinct[i] ?? 0);
  const taken = new Set(distinct);
  const repeats = front.flatMap((_, index) => (taken.has(index) ? [] : [index]));
  return [...chosen, ...repeats.slice(0, size - chosen.length)];
}

/** A little worse than the worst in each objective, so that the ends of the front count (Optuna 5.0). */
function referenceOf(points: readonly Losses[]): Losses {
  return (points[0] ?? []).map((_, objective) => {
    const worst = points.reduce((most, losses) => Math.max(most, losses[objective] ?? 0), -Infinity);
    return Math.max(1.1 * worst, 0.9 * worst) || 1e-12;
  });
}

/**
 * What a point adds only falls as others are chosen, so that a stale number is an upper bound and only those that could
 * be the highest are reckoned anew.
 */
function greedy(points: readonly Losses[], size: number, reference: Losses): number[] {
  const added = points.map((losses) => volumeOf(losses, reference));
  const asOf = points.map(() => 0);
  const chosen: number[] = [];
  while (chosen.length < size) {
    const candidate = indexOfHighest(added);
    if (asOf[candidate] === chosen.length) {
      chosen.push(candidate);
      added[candidate] = -Infinity;
      continue;
    }
    const losses = points[candidate] ?? [];
    const common = chosen.map((i) =>
      losses.map((loss, objective) => Math.max(loss, points[i]?.[objective] ?? 0)),
    );
    added[candidate] = volumeOf(losses, reference) - hypervolume(common, reference);
    asOf[candidate] = chosen.length;
  }
  return chosen;
}

const volumeOf = (losses: Losses, reference: Losses): number =>
  losses.reduce((product, loss, i) => product * ((reference[i] ?? 0) - loss), 1);

function indexOfHighest(values: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}

/** Indices of the points by the first objective, then the second …; of equal ones only the first. */
function distinctInOrder(points: readonly Losses[]): number[] {
  const compare = (a: number, b: number) => compareInOrder(points[a] ?? [], points[b] ?? []);
  const order = points.map((_, index) => index).sort((a, b) => compare(a, b) || a - b);
  return order.filter((index, i) => i === 0 || compare(order[i - 1] ?? 0, index) !== 0);
}
