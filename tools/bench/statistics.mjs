/** @param {readonly number[]} values at least one */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {readonly number[]} values at least one, all above 0 */
export const geometricMean = (values) =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** Median over the rounds of a / b, where both were measured in it. */
export function medianRatio(a, b) {
  const ratios = a.flatMap((value, round) =>
    value !== undefined && b[round] !== undefined ? [value / b[round]] : [],
  );
  return ratios.length > 0 ? median(ratios) : undefined;
}
