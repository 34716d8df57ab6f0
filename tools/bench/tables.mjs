// The results as Markdown: one text for each generated section of docs/benchmarks.md.
import { meanOf, speedupOver, speedupOverPeers } from './figures.mjs';
import { median } from './statistics.mjs';

const none = '–';
const ms = (value) => (value < 1000 ? value.toFixed(1) : value.toFixed(0));
const seconds = (value) => `${(value / 1000).toFixed(2)} s`;
const times = (ratio) => (ratio === undefined ? none : `${ratio.toFixed(2)}x`);
const percent = (share, digits = 0) => `${(100 * share).toFixed(digits)} %`;
const gigabytes = (bytes) => (bytes === undefined ? none : `${(bytes / 1e9).toFixed(2)} GB`);
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
const span = (values, format) => `${format(Math.min(...values))} to ${format(Math.max(...values))}`;

/** @returns {Record<string, string>} by name of the section; only those that were measured */
export function sections(run) {
  return {
    // The machine of a run on a GPU alone stands in its section, and may be another one.
    ...(run.results.length > 0 || run.startup || run.epochs ? { about: about(run) } : {}),
    ...(run.results.length > 0 ? { summary: summary(run.results), steps: details(run.results) } : {}),
    ...(run.startup ? { startup: startup(run.startup) } : {}),
    ...(run.epochs ? { epochs: epochs(run.epochs) } : {}),
    ...(run.feeds ? { feeds: feeds(run.feeds) } : {}),
    ...(run.gpu?.rows ? { gpu: `${about(run)}\n\n${gpu(run.gpu)}` } : {}),
  };
}

function about({ date, command, hardware, machine, versions, absent }) {
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${date}, \`${command}\`: ${hardware}; ${machine.threads} threads for each, allocator: ${machine.allocator}${software.map((each) => `; ${each}`).join('')}.`,
    ...Object.entries(absent).map(([name, why]) => `Without ${name}: ${why}.`),
  ].join('\n');
}

function summary(results) {
  const others = ['torch', 'keras', 'tf-layers'];
  const rows = results.map(({ benchCase, precision, figures, matrixFlops }) => [
    benchCase.title,
    precision,
    times(speedupOverPeers(figures)),
    ...others.map((name) => times(speedupOver(figures, name))),
    percent(figures[0].utilisation),
    (median(matrixFlops) / 1e9).toFixed(0),
  ]);
  const meanRow = (among, precision) => {
    const mean = (of) => times(meanOf(among.map(({ figures }) => of(figures))));
    const each = others.map((name) => mean((figures) => speedupOver(figures, name)));
    return ['geometric mean', precision, mean(speedupOverPeers), ...each, '', ''];
  };
  const precisions = [...new Set(results.map(({ precision }) => precision))];
  if (results.length > precisions.length)
    for (const wanted of precisions)
      rows.push(
        meanRow(
          results.filter(({ precision }) => precision === wanted),
          wanted,
        ),
      );
  if (precisions.length > 1) rows.push(meanRow(results, precisions.join(' and ')));
  const head = [
    'network',
    'precision',
    'faster of PyTorch and Keras',
    'PyTorch',
    'Keras',
    'tf.layers (float32)',
  ];
  return table([...head, 'of matrix products', 'GFLOP/s of these'], rows);
}

function details(results) {
  const rows = results.flatMap(({ benchCase, precision, figures }) =>
    figures.map((figure) => {
      const head = [benchCase.title, figure.precision, figure.title];
      if (figure.skipped) return [...head, ...Array.from({ length: 7 }, () => none)];
      return [
        ...head,
        ms(figure.ms),
        span(figure.stepMs, ms),
        figure.imagesPerSecond.toFixed(figure.imagesPerSecond < 100 ? 1 : 0),
        figure.timesOurs.toFixed(2),
        figure.precision === precision ? percent(figure.utilisation) : none,
        gigabytes(figure.peakBytes),
        String(figure.rounds),
      ];
    }),
  );
  const head = ['network', 'precision', 'what', 'ms/step', 'range', 'img/s', 'time / ours'];
  const notes = results.flatMap(({ benchCase, precision, figures }) =>
    figures
      .filter(({ skipped }) => skipped)
      .map((figure) => `- ${benchCase.title}, ${precision}, ${figure.title}: ${figure.skipped}`),
  );
  const all = table([...head, 'of matrix products', 'peak memory', 'rounds'], rows);
  return notes.length > 0 ? `${all}\n\nNot measured:\n\n${notes.join('\n')}` : all;
}

const startup = (list) =>
  table(
    ['network', 'precision', 'start to end of first step', 'range', 'a step after it', 'start alone', 'n'],
    list.map((each) => [
      each.title,
      each.precision,
      seconds(median(each.ms)),
      span(each.ms, seconds),
      seconds(median(each.stepMs)),
      seconds(median(each.ms.map((whole, i) => whole - each.stepMs[i]))),
      String(each.ms.length),
    ]),
  );

const epochs = (list) =>
  table(
    ['network', 'precision', 'steps of an epoch', 'steps x step time', 'epoch', 'more', 'range', 'n'],
    list.map((each) => [
      each.title,
      each.precision,
      String(each.steps),
      seconds(each.steps * median(each.stepMs)),
      seconds(median(each.epochMs)),
      percent(median(each.overheads), 1),
      span(each.overheads, (share) => percent(share, 1)),
      String(each.overheads.length),
    ]),
  );

const feeds = ({ steps, images, calls, fedBytes, beforeBytes, fetchedBytes }) =>
  table(
    [
      'session calls per step',
      'bytes fed per image',
      'bytes fetched per step',
      'bytes fed before the first epoch ended',
    ],
    [
      [
        (calls / steps).toFixed(2),
        (fedBytes / images).toFixed(2),
        (fetchedBytes / steps).toFixed(0),
        String(beforeBytes),
      ],
    ],
  );

function gpu({ device, rows }) {
  const head = [
    'network',
    'precision',
    'what',
    'ms/step',
    'range',
    'img/s',
    'TFLOP/s',
    'GPU busy',
    'GPU memory',
  ];
  const cells = rows.map((each) => [
    each.benchCase.title,
    each.precision === 'float32' ? 'float32 (TF32)' : each.precision,
    each.title,
    ...(each.skipped
      ? [each.skipped, ...Array.from({ length: 5 }, () => none)]
      : [
          ms(each.ms),
          span(each.stepMs, ms),
          each.imagesPerSecond.toFixed(0),
          (each.flops / 1e12).toFixed(1),
          each.busy === undefined ? none : percent(each.busy),
          gigabytes(each.deviceBytes),
        ]),
  ]);
  return `On ${device}:\n\n${table(head, cells)}`;
}
