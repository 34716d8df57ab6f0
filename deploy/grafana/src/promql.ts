import type { Metric } from '@fathom/contracts';

/** Conditions on labels, as in `state="running"`. */
const selector = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `{${conditions.join(', ')}}`;

/** Its series that meet the conditions. @param suffix of a histogram's series */
export const series = ({ name }: Metric, conditions: readonly string[] = [], suffix = ''): string =>
  `${name}${suffix}${selector(conditions)}`;

/**
 * What the coordinators say of the database and the queue that they share: each of them says the same, or has said it
 * some seconds ago.
 */
export function agreed(metric: Metric, conditions: readonly string[] = []): string {
  if (metric.isShared !== true) throw new Error(`${metric.name} is of each coordinator alone`);
  const labels = Object.keys(metric.labels);
  return `max${labels.length === 0 ? '' : ` by (${labels.join(', ')})`} (${series(metric, conditions)})`;
}

export const sumBy = (labels: readonly string[], expression: string): string =>
  labels.length === 0 ? `sum(${expression})` : `sum by (${labels.join(', ')}) (${expression})`;

/** Per second, over the time that Grafana finds right for the panel. */
export const rate = (metric: Metric, conditions: readonly string[] = [], suffix = ''): string =>
  `rate(${series(metric, conditions, suffix)}[$__rate_interval])`;

/** How many there were in the time of the panel. */
export const increase = (metric: Metric, conditions: readonly string[] = []): string =>
  `increase(${series(metric, conditions)}[$__range])`;

/**
 * What it is at the end of the panel's time or, where there is nothing by then, what it was last within that time. Of what
 * the coordinators agree on: one that went hours ago has last said what is no longer so.
 */
export const lastly = (agreement: string): string =>
  `${agreement} or on () last_over_time((${agreement})[$__range:1m])`;

/** Of a histogram over the time of the panel. @param quantile 0 to 1 */
export const quantile = (
  of: number,
  metric: Metric,
  by: readonly string[] = [],
  conditions: readonly string[] = [],
): string =>
  `histogram_quantile(${String(of)}, ${sumBy(['le', ...by], `rate(${series(metric, conditions, '_bucket')}[$__range])`)})`;
