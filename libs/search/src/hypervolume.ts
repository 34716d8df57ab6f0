import type { Losses } from './losses';
import { weaklyDominates } from './pareto';

/**
 * Volume of the space that the points dominate, up to a reference point: exact, for any number of objectives. Points
 * that are not better than the reference in every objective add nothing.
 *
 * By slicing along the last objective (Knowles 2002; While et al. 2006, "A faster algorithm for calculating
 * hypervolume", algorithm HSO): O(n log n) for two objectives, O(n² log n) for three, one factor n for each more.
 */
export function hypervolume(points: readonly Losses[], reference: Losses): number {
  const inside = points.filter((losses) => losses.every((loss, i) => loss < (reference[i] ?? 0)));
  return inside.length === 0 ? 0 : volume(inside, reference, reference.length);
}

/** Of the first `objectives` coordinates. */
function volume(points: readonly Losses[], reference: Losses, objectives: number): number {
  const last = objectives - 1;
  const sorted = [...points].sort((a, b) => at(a, last) - at(b, last));
  if (objectives === 1) return at(reference, 0) - at(sorted[0], 0);
  if (objectives === 2) return area(sorted, reference);
  let sum = 0;
  let front: readonly Losses[] = [];
  sorted.forEach((point, i) => {
    front = withoutDominated(front, point, last);
    const height = at(sorted[i + 1] ?? reference, last) - at(point, last);
    if (height > 0) sum += height * volume(front, reference, last);
  });
  return sum;
}

/** Two objectives, points in ascending order of the second. */
function area(points: readonly Losses[], reference: Losses): number {
  let sum = 0;
  let edge = at(reference, 0);
  for (const point of points) {
    if (at(point, 0) >= edge) continue;
    sum += (edge - at(point, 0)) * (at(reference, 1) - at(point, 1));
    edge = at(point, 0);
  }
  return sum;
}

/** The front with a point more, as far as the first `objectives` coordinates go. */
function withoutDominated(front: readonly Losses[], point: Losses, objectives: number): readonly Losses[] {
  if (front.some((other) => weaklyDominates(other, point, objectives))) return front;
  return [...front.filter((other) => !weaklyDominates(point, other, objectives)), point];
}

const at = (losses: Losses | undefined, index: number): number => losses?.[index] ?? 0;
