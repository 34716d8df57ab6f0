// The results as Markdown.
import { meanOf, speedupOver, speedupOverPeers } from './figures.mjs';
import { median } from './statistics.mjs';

const missing = '–';
const ms = (value) => (value < 1000 ? value.toFixed(1) : value.toFixed(0));
const times = (ratio) => (ratio === undefined ? missing : `${ratio.toFixed(2)}x`);
const percent = (share) => `${(100 * share).toFixed(0)} %`;
const gigabytes = (bytes) => (bytes === undefined ? missing : `${(bytes / 1e9).toFixed(2)} GB`);
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

/** @returns {string} */
export function resultTables(run) {
  return [about(run), summary(run), details(run)].join('\n\n');
}

function about({ date, hardware, threads, versions, absent }) {
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const without = Object.entries(absent).map(([name, why]) => `Without ${name}: ${why}.`);
  return [`${date}. ${hardware}; ${threads} threads; ${software.join(', ')}.`, ...without].join('\n');
}

const shapeOf = ({ imageSize, batchSize }) => `${imageSize} px, batch ${batchSize}`;

function summary({ results }) {
  const rows = results.map(({ benchCase, precision, figures, matrixFlops }) => [
    benchCase.name,
    precision,
    times(speedupOverPeers(figures)),
    times(speedupOver(figures, 'torch')),
    times(speedupOver(figures, 'keras')),
    times(speedupOver(figures, 'tf-layers')),
    percent(figures[0].utilisation),
    (median(matrixFlops) / 1e9).toFixed(0),
  ]);
  const mean = (of, among = results) => times(meanOf(among.map(({ figures }) => of(figures))));
  const meanRow = (title, among) => [
    title,
    among[0]?.precision ?? '',
    mean(speedupOverPeers, among),
    ...['torch', 'keras', 'tf-layers'].map((name) => mean((figures) => speedupOver(figures, name), among)),
    '',
    '',
  ];
  const byPrecision = [...new Set(results.map(({ precision }) => precision))].map((wanted) =>
    results.filter(({ precision }) => precision === wanted),
  );
  if (results.length > 1) for (const among of byPrecision) rows.push(meanRow('geometric mean', among));
  return table(
    [
      'network',
      'precision',
      'against the faster peer',
      'PyTorch',
      'Keras',
      'tf.layers',
      'of matrix products',
      'GFLOP/s of these',
    ],
    rows,
  );
}

function details({ results }) {
  const rows = results.flatMap(({ benchCase, precision, figures }) =>
    figures.map((figure) => {
      const head = [benchCase.name, shapeOf(benchCase), figure.precision, figure.title];
      if (figure.skipped) return [...head, `not measured: ${figure.skipped}`, '', '', '', '', '', ''];
      return [
        ...head,
        ms(figure.ms),
        `${ms(figure.lowMs)}–${ms(figure.highMs)}`,
        figure.imagesPerSecond.toFixed(figure.imagesPerSecond < 100 ? 1 : 0),
        figure.timesOurs.toFixed(2),
        figure.precision === precision ? percent(figure.utilisation) : missing,
        gigabytes(figure.peakBytes),
        String(figure.rounds),
      ];
    }),
  );
  return table(
    [
      'network',
      'images',
      'precision',
      'what',
      'ms/step',
      'range',
      'img/s',
      'time / ours',
      'of matrix products',
      'peak memory',
      'n',
    ],
    rows,
  );
}
