import {
  objectivesOf,
  type BestSoFar,
  type DepthRow,
  type Importance,
  type ObjectiveMetric,
  type ParetoSet,
} from '@fathom/contracts';
import { duration, millions, percent } from './format';
import { table } from './tables';

const BAR = 24;

/** A value of an objective as people read it: errors in percent, seconds as a duration. */
export function objectiveText(metric: ObjectiveMetric, value: number): string {
  switch (metric) {
    case 'validationError':
    case 'testError':
      return percent(value);
    case 'trainSeconds':
      return duration(value);
    case 'parameters':
      return millions(value);
    case 'validationLoss':
    case 'testLoss':
    case 'trainLoss':
      return value.toPrecision(4);
  }
}

type Values = DepthRow['best']['values'];

/** `learningRate 0.0316, optimizer sgd`; numbers to three digits. */
export function valuesText(values: Values, without: readonly string[] = []): string {
  return Object.entries(values)
    .filter(([name]) => !without.includes(name))
    .map(([name, value]) => `${name} ${shortValue(value)}`)
    .join(', ');
}

export const shortValue = (value: number | string | boolean): string =>
  String(typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(3)) : value);

/** Most important first, with a bar for each. */
export function importanceTable({ parameters }: Importance): string {
  const out = table(['parameter', 'importance', '', 'trials'], [1, 3]);
  for (const { parameter, importance, trials } of parameters)
    out.push([parameter, percent(importance, 1), '█'.repeat(Math.round(BAR * importance)), trials]);
  return out.toString();
}

/** @param rows the most to show; the best in the main objective come first */
export function paretoTable({ objectives, points }: ParetoSet, rows = 20): string {
  const metrics = objectives.map(({ metric }) => metric);
  const out = table(['trial', ...metrics, 'settings'], [0, ...metrics.map((_, index) => index + 1)]);
  for (const { number, objectives: reached, values } of points.slice(0, rows)) {
    const texts = metrics.map((metric, index) => objectiveText(metric, reached[index] ?? NaN));
    out.push([number, ...texts, valuesText(values)]);
  }
  return withRest(out.toString(), points.length - rows);
}

/** The error at each depth over all its trials, and of its best settings over their seeds. */
export function confidenceTable(rows: readonly DepthRow[]): string {
  const head = [
    'depth',
    'variant',
    'trials',
    'test error',
    '95 % interval',
    'seeds',
    'of best settings',
    '95 % interval',
  ];
  const out = table([...head, 'best settings'], [0, 2, 3, 4, 5, 6, 7]);
  for (const { depth, variant, trials, best, ...row } of rows)
    out.push([
      depth,
      variant,
      trials,
      percent(row.meanTestError),
      intervalText(row.intervalTestError),
      best.trials.length,
      percent(best.meanTestError),
      intervalText(best.intervalTestError),
      valuesText(best.values, ['depth', 'variant']),
    ]);
  return out.toString();
}

/** `8.12 to 9.40 %`, cut off at what an error can be. */
const intervalText = (interval: DepthRow['intervalTestError']): string =>
  interval === null
    ? '–'
    : `${(100 * Math.max(0, interval.low)).toFixed(2)} to ${percent(Math.min(1, interval.high))}`;

/** The steps of the best so far; of many the newest. */
export function bestTable({ objective, points }: BestSoFar, rows = 12): string {
  const out = table(['ended', 'time', 'trial', 'state', objective.metric], [0, 1, 2, 4]);
  for (const { number, state, value, ended, seconds } of points.slice(-rows))
    out.push([ended, duration(seconds), number, state, objectiveText(objective.metric, value)]);
  return withRest(out.toString(), points.length - rows, 'earlier');
}

const withRest = (text: string, hidden: number, what = 'more'): string =>
  hidden > 0 ? `${text}\nand ${hidden} ${what}` : text;

/** The objectives of a sweep in words: `validationError (minimize), trainSeconds (minimize)`. */
export const objectivesText = (spec: Parameters<typeof objectivesOf>[0]): string =>
  objectivesOf(spec)
    .map(({ metric, goal }) => `${metric} (${goal})`)
    .join(', ');
