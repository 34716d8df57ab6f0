import { firstWhere } from './first-where';
import { isUsable, type Losses } from './losses';

/** Whether `a` is nowhere worse than `b` and somewhere better; one with an unusable loss dominates nothing. */
export function dominates(a: Losses, b: Losses): boolean {
  if (!isUsable(a)) return false;
  return !isUsable(b) || (weaklyDominates(a, b) && !weaklyDominates(b, a));
}

/**
 * For each point the number of the front it is in: 0 for those that no other dominates, 1 for those that only points
 * of front 0 dominate, and so on; equal points share a front. Points with an unusable loss stand together behind all
 * others. O(n log n) for up to two objectives (Jensen 2003, "Reducing the run-time complexity of multiobjective EAs");
 * for more, the efficient non-dominated sort with binary search (Zhang, Tian, Cheng and Jin 2015, algorithm 2), O(n²)
 * at the worst.
 */
export function nonDominatedRanks(points: readonly Losses[]): number[] {
  const sorted = points.flatMap((losses, index) => (isUsable(losses) ? [{ losses, index }] : []));
  sorted.sort((a, b) => compareInOrder(a.losses, b.losses));
  const ranks = new Array<number>(points.length).fill(-1);
  const count = rankSorted(sorted, ({ index }, rank) => (ranks[index] = rank));
  return ranks.map((rank) => (rank < 0 ? count : rank));
}

/**
 * Finds the front of each of some points with usable losses, in ascending order ({@link compareInOrder}).
 *
 * @returns the number of fronts
 */
export function rankSorted<T extends { readonly losses: Losses }>(
  sorted: readonly T[],
  assign: (point: T, rank: number) => void,
): number {
  const fronts = (sorted[0]?.losses.length ?? 1) <= 2 ? new Staircases() : new Fronts();
  let before: { losses: Losses; rank: number } | undefined;
  for (const point of sorted) {
    const { losses } = point;
    // Equal points come one after the other, and neither dominates the other.
    const isRepeat = before !== undefined && compareInOrder(before.losses, losses) === 0;
    const rank: number = isRepeat && before !== undefined ? before.rank : fronts.add(losses);
    assign(point, rank);
    before = { losses, rank };
  }
  return fronts.count;
}

/** Fronts of points of at most two objectives that come in ascending order, equal ones left out. */
class Staircases {
  /** The last loss of the newest point of each front: the lowest of the front, and rising from front to front. */
  private readonly lowest: number[] = [];

  get count(): number {
    return this.lowest.length;
  }

  add(losses: Losses): number {
    // With one objective every new point is dominated by all before it.
    const last = losses.length < 2 ? Infinity : (losses[1] ?? 0);
    const rank = firstWhere(this.lowest.length, (front) => (this.lowest[front] ?? 0) > last);
    this.lowest[rank] = last;
    return rank;
  }
}

/** Fronts of points of any number of objectives that come in ascending order, equal ones left out. */
class Fronts {
  private readonly fronts: Losses[][] = [];

  get count(): number {
    return this.fronts.length;
  }

  add(losses: Losses): number {
    // A point that front k dominates is dominated by all fronts before it, so that halving finds the first free one.
    const rank = firstWhere(this.fronts.length, (front) => !this.dominates(front, losses));
    const front = this.fronts[rank];
    if (front === undefined) this.fronts.push([losses]);
    else front.push(losses);
    return rank;
  }

  /** Those that came last are the most likely to. */
  private dominates(front: number, losses: Losses): boolean {
    const members = this.fronts[front] ?? [];
    for (let i = members.length - 1; i >= 0; i--) {
      const member = members[i];
      if (member !== undefined && weaklyDominates(member, losses)) return true;
    }
    return false;
  }
}

/** Nowhere worse, as far as the first `objectives` losses go. */
export function weaklyDominates(a: Losses, b: Losses, objectives = a.length): boolean {
  for (let i = 0; i < objectives; i++) if ((a[i] ?? 0) > (b[i] ?? 0)) return false;
  return true;
}

/** By the first objective, then the second … */
export function compareInOrder(a: Losses, b: Losses): number {
  for (let i = 0; i < a.length; i++) {
    const difference = compare(a[i] ?? 0, b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Infinity equals itself here, which a difference would not say. */
export const compare = (a: number, b: number): number => (a < b ? -1 : Number(a > b));
