import { groupBy } from './group-by';

/**
 * One history of the points of several attempts. An attempt that resumes does some steps again; from its first
 * point on, its numbers stand and those of the attempts before it are dropped.
 *
 * @param points in order of fence, then step
 */
export function mergeAttempts<P extends { readonly fence: number; readonly step: number }>(
  points: readonly P[],
): P[] {
  const attempts = [...groupBy(points, (point) => point.fence).values()].reverse();
  let end = Number.POSITIVE_INFINITY;
  const kept = attempts.map((attempt) => {
    const before = attempt.filter((point) => point.step < end);
    end = Math.min(end, attempt[0]?.step ?? end);
    return before;
  });
  return kept.reverse().flat();
}

/** At most `limit` (2 or more) of the points, evenly spread, the first and the last among them. */
export function thin<P>(points: readonly P[], limit: number): P[] {
  if (points.length <= limit) return [...points];
  const stride = (points.length - 1) / (limit - 1);
  return Array.from({ length: limit }, (_, i) => points[Math.round(i * stride)]).filter(
    (point) => point !== undefined,
  );
}
