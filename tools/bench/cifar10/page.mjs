// The page of a training on CIFAR-10: result, recipe, curve and log.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { hardware } from '../machine.mjs';
import { standaloneChart } from '../standalone-chart.mjs';

const percent = (share) => `${(100 * share).toFixed(2)} %`;
const minutes = (seconds) => `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;

/**
 * @param {string} folder
 * @param {{ result: object, seconds: number, settings: string[], more: string[] }} run result: what
 *   `fathom train --json` prints; settings: its options; more: those of them that were given
 */
export async function writePage(folder, run) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'cifar10-log.csv'), log(run.result));
  writeFileSync(join(folder, 'cifar10-curve.svg'), curve(run.result));
  const file = join(folder, 'cifar10.md');
  writeFileSync(file, await format(page(run), { ...(await resolveConfig(file)), parser: 'markdown' }));
}

function log({ epochs }) {
  const columns = {
    epoch: ({ epoch }) => epoch,
    learning_rate: ({ learningRate }) => learningRate.toPrecision(4),
    train_loss: ({ trainLoss }) => trainLoss.toFixed(4),
    train_error: ({ trainError }) => trainError.toFixed(4),
    validation_loss: ({ validationLoss }) => validationLoss.toFixed(4),
    validation_error: ({ validationError }) => validationError.toFixed(4),
    seconds: ({ seconds }) => seconds.toFixed(2),
    images_per_second: ({ imagesPerSecond }) => imagesPerSecond.toFixed(0),
  };
  const rows = epochs.map((epoch) => Object.values(columns).map((of) => of(epoch)));
  return [Object.keys(columns), ...rows].map((cells) => `${cells.join(',')}\n`).join('');
}

function curve({ config, epochs }) {
  const points = (key) => epochs.map((each) => ({ x: each.epoch, y: each[key] }));
  return standaloneChart({
    title: `ResNet-${config.depth} on CIFAR-10`,
    xLabel: 'epoch',
    yLabel: 'error',
    formatY: (y) => `${(100 * y).toFixed(0)} %`,
    hasMarks: false,
    series: [
      { name: 'training', style: 'p', points: points('trainError') },
      { name: 'validation', style: 'r', points: points('validationError') },
    ],
  });
}

function page({ result, seconds, settings, more }) {
  const { config, metrics, images, tensorflow, device, imagesPerSecond } = result;
  const last = result.epochs.at(-1);
  const rows = [
    ['test accuracy', percent(1 - metrics.testError)],
    ...(metrics.testTop5Error === undefined
      ? []
      : [['test accuracy, top 5', percent(1 - metrics.testTop5Error)]]),
    ['test loss', metrics.testLoss.toFixed(4)],
    ['validation accuracy after the last epoch', percent(1 - last.validationError)],
    ['training accuracy of the last epoch', percent(1 - last.trainError)],
    ['parameters', String(metrics.parameters)],
    ['time of the whole command', minutes(seconds)],
    ['time of training and evaluation', minutes(metrics.trainSeconds)],
    ['images per second in training steps', imagesPerSecond === null ? '–' : imagesPerSecond.toFixed(0)],
  ];
  return `# ResNet-${config.depth} on CIFAR-10

${new Date().toISOString().slice(0, 10)}. ${hardware()}; TensorFlow ${tensorflow} on ${device}. One run, seed ${config.seed}, of
${config.epochs} epochs: ${images.train} images for training, ${images.validation} for validation, ${images.test} for the test,
which was evaluated once, at the end.

| what | |
| --- | --- |
${rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}

![Errors by epoch](cifar10-curve.svg)

Every epoch is in [cifar10-log.csv](cifar10-log.csv). Written by

\`\`\`sh
npm run bench:cifar10 -- ${['/data/cifar10-images', ...more].join(' ')}
\`\`\`

which is \`fathom train ${settings.join(' ')}\`. The time of the whole command is from the start of its process to its end:
loading TensorFlow, reading the decoded images from the cache, training, the evaluation of every epoch and the test. The JPEG
files are decoded before it, once, into the cache of Fathom, and that is not in it.
`;
}
