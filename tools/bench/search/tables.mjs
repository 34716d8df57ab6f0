// The results as Markdown.
import { median } from '../statistics.mjs';

const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) =>
  [row(head), row(head.map((_, index) => (index < 2 ? '---' : '---:'))), ...rows.map(row)].join('\n');
const number = (value) =>
  value === 0
    ? '0'
    : Math.abs(value) < 1e-3
      ? value.toExponential(1)
      : Number(value.toPrecision(3)).toString();

/** The value below which a share of them lies. */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below + (above - below) * (at - Math.floor(at));
}
const spread = (values, format = number) =>
  `${format(median(values))} (${format(quantile(values, 0.25))} to ${format(quantile(values, 0.75))})`;

/** @param {object} results objective -> sampler -> regret at each checkpoint, by seed */
export function regretTable(results, checkpoints) {
  const rows = Object.entries(results).flatMap(([objective, samplers]) =>
    Object.entries(samplers).map(([sampler, regrets]) => [
      objective,
      sampler,
      ...checkpoints.map((_, index) => {
        const values = regrets
          .map((each) => each[index])
          .filter((value) => value !== undefined && value !== null);
        return values.length === 0 ? '–' : spread(values);
      }),
    ]),
  );
  return table(['objective', 'sampler', ...checkpoints.map((count) => `after ${count}`)], rows);
}

/** Median regrets of two samplers, and how likely ranks as unlike as theirs would be if the samplers were alike. */
export function comparison(results, checkpoints, [ours, theirs]) {
  const rows = Object.entries(results).flatMap(([objective, samplers]) => {
    if (!samplers[ours] || !samplers[theirs]) return [];
    const cells = checkpoints.map((_, index) => {
      const [a, b] = [ours, theirs].map((name) => samplers[name].map((each) => each[index]));
      const p = rankSum(a, b);
      const verdict = p >= 0.05 ? '' : median(a) < median(b) ? ', better' : ', worse';
      return `${number(median(a))} : ${number(median(b))} (p ${p.toFixed(2)}${verdict})`;
    });
    return [[objective, `${ours} : ${theirs}`, ...cells]];
  });
  const head = ['objective', 'median regret', ...checkpoints.map((count) => `after ${count}`)];
  return rows.length === 0 ? 'Not measured.' : table(head, rows);
}

/** Two-sided p of the Wilcoxon rank-sum (Mann-Whitney) test, by the normal distribution with correction for ties. */
export function rankSum(a, b) {
  const all = [...a, ...b].toSorted((x, y) => x - y);
  const rankOf = (value) => (all.indexOf(value) + all.lastIndexOf(value)) / 2 + 1;
  const n = all.length;
  const counts = [...new Set(all)].map((value) => all.lastIndexOf(value) - all.indexOf(value) + 1);
  const ties = counts.reduce((sum, count) => sum + count ** 3 - count, 0);
  const rank = a.reduce((sum, value) => sum + rankOf(value), 0);
  const mean = (a.length * (n + 1)) / 2;
  const variance = ((a.length * b.length) / 12) * (n + 1 - ties / (n * (n - 1)));
  return variance === 0 ? 1 : 2 * normalTail(Math.abs(rank - mean) / Math.sqrt(variance));
}

/** P(Z > z), z >= 0: Abramowitz and Stegun 26.2.17, to 1e-7. */
function normalTail(z) {
  const t = 1 / (1 + 0.2316419 * z);
  const series = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const sum = series.reduceRight((total, c) => (total + c) * t, 0);
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}

/** @param {object} results problem -> what playSchedulers gives */
export function schedulerTable(results) {
  const rows = Object.entries(results).flatMap(([problem, list]) => {
    const [all] = list;
    return list.map(({ name, errors, epochs, seconds }) => {
      const times = (own, of) => own.map((value, seed) => of[seed] / value);
      const ratio = (value) => `${value.toFixed(1)}x`;
      const lost = errors.map((error, seed) => error - all.errors[seed]);
      const share = lost.filter((value) => value <= 1e-12).length / lost.length;
      return [
        problem,
        name,
        spread(errors, (value) => value.toFixed(4)),
        spread(lost, (value) => value.toFixed(4)),
        `${(100 * share).toFixed(0)} %`,
        spread(times(epochs, all.epochs), ratio),
        spread(times(seconds, all.seconds), ratio),
      ];
    });
  });
  const head = ['problem', 'scheduler', 'error of the best trial', 'more than run-all'];
  return table([...head, 'same trial or better', 'less epochs', 'less device time'], rows);
}
