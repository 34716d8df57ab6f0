// The generated parts of docs/fairness.md and its pictures.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSections } from '../document.mjs';
import { standaloneChart } from '../standalone-chart.mjs';
import { median } from '../statistics.mjs';

const percent = (share, digits = 0) => `${(100 * share).toFixed(digits)} %`;
const STYLES = ['r', 'p', 's', 't'];

/** @param {string} folder with fairness.md */
export async function writePage(folder, { recorded, setting, results }) {
  writeFileSync(join(folder, 'fairness-curves.svg'), curvesByDepth(recorded));
  writeFileSync(join(folder, 'fairness-rules.svg'), lossByCost(results));
  await writeSections(join(folder, 'fairness.md'), {
    about: about(recorded, setting),
    curves: curveTable(recorded),
    rules: ruleTable(results),
  });
}

const about = ({ about: { images, epochs, recipe }, curves }, { plays, trials, workers }) =>
  `${curves.length} trainings of ${epochs} epochs on ${images.train} images, validated on ${images.validation} ` +
  `(\`${recipe}\`). Each rule: ${plays} plays of ${trials} of them, ${workers} at a time.`;

const groups = (curves, key) => [...new Set(curves.map((curve) => curve[key]))].sort((a, b) => a - b);

/** Of each depth the learning rate that ends best, over its seeds. */
function bestByDepth(curves) {
  return groups(curves, 'depth').map((depth) => {
    const ofDepth = curves.filter((curve) => curve.depth === depth);
    const byRate = groups(ofDepth, 'learningRate').map((learningRate) => {
      const same = ofDepth.filter((curve) => curve.learningRate === learningRate);
      const errors = same[0].validationError.map((_, epoch) =>
        median(same.map(({ validationError }) => validationError[epoch])),
      );
      return { depth, learningRate, errors };
    });
    return byRate.reduce((a, b) => (b.errors.at(-1) < a.errors.at(-1) ? b : a));
  });
}

const curvesByDepth = ({ curves }) =>
  standaloneChart({
    title: 'Best rate of each depth',
    xLabel: 'epoch',
    yLabel: 'validation error',
    formatY: (y) => percent(y),
    hasMarks: false,
    series: bestByDepth(curves).map(({ depth, errors }, index) => ({
      name: `ResNet-${depth}`,
      style: STYLES[index % STYLES.length],
      points: errors.map((y, epoch) => ({ x: epoch + 1, y })),
    })),
  });

/** ASHA at the same eta; the points of a rule differ in their first rung. */
const lossByCost = (results) =>
  standaloneChart({
    title: 'ASHA, eta 3',
    xLabel: 'share of the cost of training everything to the end, %; first rung after 1, 3 and 9 epochs',
    yLabel: 'error lost, points',
    formatY: (y) => y.toFixed(1),
    hasMarks: true,
    series: ['all', 'depth', 'cost', 'curve'].map((compare, index) => ({
      name: compare,
      style: STYLES[index],
      points: results
        .filter((one) => one.compare === compare && one.scheduler === 'asha' && one.eta === 3)
        .map(({ cost, regret }) => ({ x: 100 * cost, y: 100 * regret }))
        .sort((a, b) => a.x - b.x),
    })),
  });

function curveTable({ curves }) {
  const best = bestByDepth(curves);
  const epochs = best[0].errors.length;
  const shown = [1, 3, 9, epochs].filter(
    (epoch, index, all) => epoch <= epochs && all.indexOf(epoch) === index,
  );
  return [
    `| depth | best learning rate | ${shown.map((epoch) => `error at epoch ${epoch}`).join(' | ')} |`,
    `| --- | --- | ${shown.map(() => '---').join(' | ')} |`,
    ...best.map(
      ({ depth, learningRate, errors }) =>
        `| ${depth} | ${learningRate} | ${shown.map((epoch) => percent(errors[epoch - 1], 1)).join(' | ')} |`,
    ),
  ].join('\n');
}

function ruleTable(results) {
  const depths = results[0].byDepth.map(({ depth }) => depth);
  const killedOf = ({ plays, killed }) => (plays === 0 ? '–' : `${percent(killed / plays)} of ${plays}`);
  return [
    `| scheduler | eta | first rung | compares | winner killed | ${depths.map((depth) => `… of depth ${depth}`).join(' | ')} | wrong depth | error lost, points | cost |`,
    `| --- | --- | --- | --- | --- | ${depths.map(() => '---').join(' | ')} | --- | --- | --- |`,
    ...results.map(
      ({ scheduler, eta, minEpochs, compare, killed, byDepth, wrongDepth, regret, cost }) =>
        `| ${scheduler} | ${eta ?? '–'} | ${minEpochs ?? '–'} | ${compare ?? '–'} | ${percent(killed, 1)} | ${byDepth.map(killedOf).join(' | ')} | ` +
        `${percent(wrongDepth, 1)} | ${(100 * regret).toFixed(2)} | ${percent(cost)} |`,
    ),
  ].join('\n');
}
