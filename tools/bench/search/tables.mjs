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

/** Median regret of ours beside Optuna's; where both are as good as zero, they are equal. */
export function comparison(results, checkpoints, [ours, theirs]) {
  const rows = Object.entries(results).flatMap(([objective, samplers]) => {
    if (!samplers[ours] || !samplers[theirs]) return [];
    const cells = checkpoints.map((_, index) => {
      const [a, b] = [ours, theirs].map((name) => median(samplers[name].map((each) => each[index])));
      return `${number(a)} : ${number(b)}${a <= b ? '' : ' (worse)'}`;
    });
    return [[objective, `${ours} : ${theirs}`, ...cells]];
  });
  return rows.length === 0
    ? ''
    : table(['objective', 'median regret', ...checkpoints.map((n) => `after ${n}`)], rows);
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
