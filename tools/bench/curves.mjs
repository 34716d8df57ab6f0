#!/usr/bin/env node
// `npm run record:curves -- DATA`: trains a grid of small networks on real images by `fathom train` and keeps their
// learning curves, on which rules for early stopping are compared (docs/fairness.md). What is recorded already is kept.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { root } from '../setup/paths.mjs';
import { say } from '../setup/step.mjs';
import { OptionError, runCommand, text } from './command.mjs';

const usage = `usage: npm run record:curves -- DATA [options]

DATA is what \`fathom train --data\` takes: a folder of images, an archive of CIFAR-10.
  --out FILE       where the curves are kept (default: test/curves/cifar10-curves.json)
  --depths LIST    (default: 8,20,32,56)
  --rates LIST     learning rates (default: 0.0125,0.05,0.2)
  --seeds LIST     (default: 0,1)
  --epochs N       (default: 27)
  --images N       training images, validation included (default: 8000)
  --no-setup       everything is there already
Exit codes: 0 all are recorded, 1 a training failed, 2 wrong options.`;

const options = {
  out: { ...text, default: join(root, 'test/curves/cifar10-curves.json') },
  depths: { ...text, default: '8,20,32,56' },
  rates: { ...text, default: '0.0125,0.05,0.2' },
  seeds: { ...text, default: '0,1' },
  epochs: { ...text, default: '27' },
  images: { ...text, default: '8000' },
};

/** The same for every curve. */
const recipe = ['--precision', 'bfloat16', '--batch', '64', '--nesterov', '--weight-decay', '5e-4'];
const VALIDATION = '0.25';

const numbers = (list) => list.split(',').map(Number);

/** @returns {Promise<object[]>} metrics of each epoch */
async function curveOf(data, values, { depth, learningRate, seed }) {
  const args = [
    ['train', '--data', data, '--json', ...recipe],
    ['--images', values.images, '--validation-fraction', VALIDATION, '--test-images', '1000'],
    ['--depth', depth, '--learning-rate', learningRate, '--seed', seed, '--epochs', values.epochs],
  ];
  const child = spawn(process.execPath, [join(root, 'tools/fathom.mjs'), ...args.flat().map(String)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (out += chunk));
  const code = await new Promise((end, fail) => child.on('error', fail).on('close', end));
  if (code !== 0) return undefined;
  return JSON.parse(out).epochs;
}

const rounded = (value) => Number(value.toPrecision(5));

function write(file, values, curves) {
  mkdirSync(dirname(file), { recursive: true });
  const rows = curves.map((curve) => `    ${JSON.stringify(curve)}`).join(',\n');
  const about = JSON.stringify({
    what: 'learning curves of ResNets on CIFAR-10; arrays have one number for each epoch',
    images: {
      train: Number(values.images) * (1 - Number(VALIDATION)),
      validation: Number(values.images) * Number(VALIDATION),
    },
    epochs: Number(values.epochs),
    recipe: recipe.join(' '),
  });
  writeFileSync(`${file}.tmp`, `{\n  "about": ${about},\n  "curves": [\n${rows}\n  ]\n}\n`);
  renameSync(`${file}.tmp`, file);
}

async function main(values, [data]) {
  if (data === undefined) throw new OptionError('DATA is missing');
  const file = resolve(values.out);
  const curves = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).curves : [];
  const wanted = numbers(values.seeds).flatMap((seed) =>
    numbers(values.rates).flatMap((learningRate) =>
      numbers(values.depths).map((depth) => ({ depth, learningRate, seed })),
    ),
  );
  const isKept = (wish) =>
    curves.some(
      (c) => c.depth === wish.depth && c.learningRate === wish.learningRate && c.seed === wish.seed,
    );
  for (const [index, wish] of wanted.entries()) {
    if (isKept(wish)) continue;
    const began = Date.now();
    const epochs = await curveOf(data, values, wish);
    if (epochs === undefined) {
      say(`depth ${wish.depth}, rate ${wish.learningRate}, seed ${wish.seed}: the training failed`);
      return 1;
    }
    const column = (name) => epochs.map((epoch) => rounded(epoch[name]));
    const names = ['validationError', 'validationLoss', 'trainLoss'];
    curves.push({ ...wish, ...Object.fromEntries(names.map((name) => [name, column(name)])) });
    write(file, values, curves);
    const last = epochs.at(-1);
    say(
      `${index + 1}/${wanted.length}: depth ${wish.depth}, rate ${wish.learningRate}, seed ${wish.seed}: ` +
        `error ${(100 * last.validationError).toFixed(1)} % in ${Math.round((Date.now() - began) / 1000)} s`,
    );
  }
  return 0;
}

await runCommand({ usage, options, purpose: 'training', positionals: true }, main);
