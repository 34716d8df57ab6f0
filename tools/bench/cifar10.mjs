#!/usr/bin/env node
// `npm run bench:cifar10 -- DATA [options of fathom train]`: trains ResNet-20 on the real images by `fathom train`, and
// writes what came out to docs/cifar10.md, its curve and its log.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { findProgram, run } from '../setup/command.mjs';
import { root } from '../setup/paths.mjs';
import { say } from '../setup/step.mjs';
import { setUp } from '../setup.mjs';
import { hash } from '../setup/stamp.mjs';

const usage = `usage: npm run bench:cifar10 -- DATA [--out FOLDER] [--dry] [--no-setup] [options of fathom train]

DATA is a folder with train/<class>/*.jpg and test/<class>/*.jpg, a zip of one, or the binary archive of CIFAR-10.
Every option of \`fathom train\` goes through to it and comes after the recipe's own. The images are decoded before the
clock starts, once, into the cache of Fathom. Writes cifar10.md, cifar10-curve.svg and cifar10-log.csv into FOLDER
(default: docs).
Exit codes: 0 trained, 1 something failed, 2 wrong options, 130 interrupted.`;

/** What is trained where no option says otherwise. */
const recipe = [
  ['--depth', '20'],
  ['--shortcut', 'zero-pad'],
  ['--precision', 'bfloat16'],
  ['--epochs', '28'],
  ['--batch-size', '256'],
  ['--optimizer', 'muon'],
  ['--learning-rate', '0.2'],
  ['--schedule', 'linear'],
  ['--warmup-epochs', '2'],
  ['--weight-decay', '0.01'],
  ['--nesterov'],
  ['--label-smoothing', '0.1'],
  ['--cutout', '0.375'],
  ['--clean-fraction', '0.3'],
  ['--validation-fraction', '0.02'],
];

class UsageError extends Error {}

function parse(args) {
  const rest = [...args];
  const flag = (name) => rest.includes(name) && rest.splice(rest.indexOf(name), 1).length > 0;
  const value = (name) => (rest.includes(name) ? rest.splice(rest.indexOf(name), 2)[1] : undefined);
  const help = flag('--help') || flag('-h');
  const [dry, noSetup, out] = [flag('--dry'), flag('--no-setup'), value('--out')];
  const [data, ...more] = rest;
  if (!help && (data === undefined || data.startsWith('-'))) throw new UsageError(usage);
  if (data !== undefined && !help && !existsSync(data)) throw new UsageError(`${data} is not there`);
  return { help, dry, setup: !noSetup, out: resolve(out ?? join(root, 'docs')), data, more };
}

/** The folder of images: DATA itself, or what the zip holds, unpacked once. */
async function imagesOf(data) {
  const path = resolve(data);
  if (!path.endsWith('.zip')) return path;
  const target = join(root, '.fathom/bench', `images-${hash(path)}`);
  if (!existsSync(join(target, 'train'))) {
    const unzip = findProgram('unzip');
    if (!unzip) throw new UsageError(`unzip is not installed: unpack ${path} by hand and give its folder`);
    say(`unpacking ${path} …`);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    await run(unzip, ['-q', path, '-d', target], { quiet: true });
  }
  return target;
}

/** Decodes into the cache what is not there yet. @returns {Promise<number>} seconds */
async function decode(data) {
  const require = createRequire(import.meta.url);
  const { chooseDataset } = require('../../apps/cli/dist/choose-dataset.js');
  const { defaultCacheDir, openDataset } = require('@fathom/data');
  const began = Date.now();
  const signal = new AbortController().signal;
  const dataset = await chooseDataset(data, { signal, log: say });
  await openDataset(dataset, { cacheDir: defaultCacheDir(), onProgress: say, signal });
  return (Date.now() - began) / 1000;
}

/** @returns {Promise<{ result: object, seconds: number }>} seconds of the whole process */
async function train(args) {
  const began = Date.now();
  const child = spawn(process.execPath, [join(root, 'tools/fathom.mjs'), 'train', ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  // The terminal gives Ctrl-C to the training too, which stops in good order and says so.
  const wait = () => undefined;
  process.on('SIGINT', wait);
  const code = await new Promise((end, fail) => child.on('error', fail).on('close', end));
  process.off('SIGINT', wait);
  if (code !== 0) return { code };
  return { code, result: JSON.parse(out), seconds: (Date.now() - began) / 1000 };
}

async function main() {
  const options = parse(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  if (options.setup && !(await setUp('training', { quiet: true }))) return 1;
  const data = await imagesOf(options.data);
  const decodeSeconds = await decode(data);
  say(`images decoded or read from the cache in ${decodeSeconds.toFixed(1)} s`);
  const settings = [...recipe.filter(([name]) => !options.more.includes(name)).flat(), ...options.more];
  const { code, result, seconds } = await train(['--data', data, ...settings]);
  if (code !== 0) return code ?? 1;
  if (options.dry) return 0;
  // Only now: these import what the set-up installs and builds.
  const { writePage } = await import('./cifar10/page.mjs');
  await writePage(options.out, { result, seconds, settings, more: options.more });
  say(`written into ${options.out}`);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof UsageError ? error.message : error.stack);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
