import type { Metric } from '@fathom/contracts';

/** What a page of metrics says of one of them. */
export interface ExposedMetric {
  readonly type: string;
  readonly help: string;
  /** Names of labels, and the values that each had. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
  readonly series: number;
}

/** Reads a page in the text format of Prometheus. */
export function readExposition(page: string): Map<string, ExposedMetric> {
  const metrics = new Map<
    string,
    { type: string; help: string; labels: Map<string, Set<string>>; series: number }
  >();
  let current: ReturnType<typeof metrics.get>;
  for (const line of page.split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      current = { type: '', help: rest, labels: new Map(), series: 0 };
      metrics.set(name, current);
    } else if (kind === 'TYPE' && current) current.type = rest;
    else if (line !== '' && current) {
      current.series++;
      for (const [, label = '', value = ''] of line.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
        if (label === 'le') continue;
        current.labels.set(label, (current.labels.get(label) ?? new Set()).add(value));
      }
    }
  }
  return metrics;
}

/** In what a metric differs from its row in the table. @param constant labels that every series of the program has */
export function differences(
  metric: Metric,
  exposed: ExposedMetric,
  constant: readonly string[],
): readonly string[] {
  const found: string[] = [];
  if (metric.type !== exposed.type) found.push(`type ${exposed.type}, not ${metric.type}`);
  for (const [label, values] of exposed.labels) {
    if (constant.includes(label)) continue;
    const allowed = metric.labels[label];
    if (allowed === undefined) found.push(`label ${label}`);
    else if (!('boundedBy' in allowed))
      for (const value of values) if (!allowed.includes(value)) found.push(`${label}="${value}"`);
  }
  return found;
}
