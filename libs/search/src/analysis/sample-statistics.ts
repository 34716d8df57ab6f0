// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- other projects read this file without the rest of ours
/// <reference path="./jstat.d.ts" />
import { jStat } from 'jstat';

/** Mean of repeated measurements and what is known of it. */
export interface SampleStatistics {
  readonly mean: number;
  /** Sample standard deviation, n - 1 in the denominator; null for one value. */
  readonly std: number | null;
  /**
   * The 95 % confidence interval of the mean, mean ± t(0.975, n - 1) std / sqrt(n) with the quantile of Student's t
   * distribution; null for one value.
   */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** Probability below the upper end of an interval that leaves out 5 % in all. */
const UPPER = 0.975;

/** @param values at least one */
export function sampleStatistics(values: readonly number[]): SampleStatistics {
  const n = values.length;
  const mean = meanOf(values);
  if (n < 2) return { mean, std: null, interval: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const std = Math.sqrt(squares / (n - 1));
  const half = (jStat.studentt.inv(UPPER, n - 1) * std) / Math.sqrt(n);
  return { mean, std, interval: { low: mean - half, high: mean + half } };
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
