/** Sorted, disjoint, non-adjacent closed intervals of integers. */
export type IntervalSet = readonly (readonly [from: number, to: number])[];

/**
 * A set of trial numbers. Trials end roughly in the order they began, so this stays as short as the number of
 * trials in flight, however many have passed.
 */
export function intervalsHave(set: IntervalSet, n: number): boolean {
  return set.some(([from, to]) => from <= n && n <= to);
}

export function intervalsAdd(set: IntervalSet, n: number): IntervalSet {
  if (intervalsHave(set, n)) return set;
  const before = set.filter(([, to]) => to < n - 1);
  const after = set.filter(([from]) => from > n + 1);
  const touching = set.filter(([from, to]) => to >= n - 1 && from <= n + 1);
  const merged: [number, number] = [
    Math.min(n, ...touching.map(([from]) => from)),
    Math.max(n, ...touching.map(([, to]) => to)),
  ];
  return [...before, merged, ...after];
}
