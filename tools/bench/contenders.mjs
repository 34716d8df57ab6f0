// Who takes part: how each is started, and what it needs.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/paths.mjs';
import { scriptsOf } from './snapshot.mjs';

const script = (name, dir = join(root, 'tools/bench/contenders')) => join(dir, name);
const GB = 1e9;

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} title in tables
 * @property {string[]} command with its first arguments
 * @property {Record<string, string>} env
 * @property {(benchCase: import('./cases.mjs').Case, precision: string) => number} memory bytes, roughly: only to
 *   decide which contenders may be in memory at the same time
 * @property {string[]} precisions it can compute in; the first where it lacks the one asked for
 * @property {boolean} [onGpu] whether it takes part there
 */

const node = (file, dir) => [process.execPath, '--no-deprecation', script(file, dir)];
const bytesPerActivation = (precision) => (precision === 'float32' ? 4 : 2);
/** base + parameters with gradient and momentum + copies of what the convolutions put out. */
const memoryModel =
  (base, copies, fixedBytes) =>
  ({ parameters, activations }, precision) =>
    base * GB + 16 * parameters + copies * activations * (fixedBytes ?? bytesPerActivation(precision));

const both = ['float32', 'bfloat16'];
const all = [...both, 'float16'];
const fathom = (name, dir) => ({
  name,
  title: dir === undefined ? 'Fathom' : name,
  command: node('fathom.mjs', dir),
  env: {},
  memory: memoryModel(0.5, 3),
  precisions: all,
  onGpu: true,
});
const known = {
  'tf-layers': () => ({
    name: 'tf-layers',
    title: 'tf.layers',
    command: node('tf-layers.mjs'),
    env: {},
    memory: memoryModel(0.5, 16, 4),
    precisions: ['float32'],
  }),
  torch: (python) => peer('torch', 'PyTorch', python, 2.8, { precisions: all, onGpu: true }),
  keras: (python) => peer('keras', 'Keras', python, 3, { env: { KERAS_BACKEND: 'tensorflow' } }),
};

const peer = (name, title, python, copies, more = {}) => ({
  name,
  title,
  command: [python, '-u', script(`${name}_step.py`)],
  env: {},
  memory: memoryModel(0.9, copies),
  precisions: both,
  ...more,
});

/** Not a contender: measures what the machine can do at best. */
export const matrixProduct = {
  name: 'matmul',
  title: 'matrix product',
  command: node('matmul.mjs'),
  env: {},
  memory: () => 0.5 * GB,
  precisions: both,
};

export const contenderNames = ['fathom', ...Object.keys(known)];

/** `fathom@NAME` is the snapshot of that name, `fathom@/PATH` another clone that is built. */
export const isContender = (name) => contenderNames.includes(name) || /^fathom@[\w/]/.test(name);

/** @returns {Contender} */
export function contenderOf(name, python) {
  if (name === 'fathom') return fathom(name);
  if (name.startsWith('fathom@')) return fathom(name, scriptsOf(name.slice('fathom@'.length)));
  return known[name](python);
}

/**
 * Why this contender cannot take part on this machine, or undefined where it can.
 *
 * @param {string} name
 * @param {string} python
 */
export function missing(name, python) {
  if (name.startsWith('fathom@')) {
    const dir = scriptsOf(name.slice('fathom@'.length));
    return existsSync(dir) ? undefined : `there is no ${dir}`;
  }
  const modules = { torch: ['torch'], keras: ['tensorflow', 'keras'] }[name] ?? [];
  if (modules.length === 0) return undefined;
  const { status, error } = spawnSync(
    python,
    [
      '-c',
      'import importlib.util, sys; sys.exit(any(importlib.util.find_spec(m) is None for m in sys.argv[1:]))',
      ...modules,
    ],
    { stdio: 'ignore' },
  );
  if (error) return `${python} cannot be started (${error.code})`;
  return status === 0 ? undefined : `${python} has no ${modules.join(' and ')}`;
}
