// Optuna's TPE on the same functions: a Python process proposes, the functions stay here.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../../setup/paths.mjs';

const SCRIPT = join(root, 'tools/bench/search/optuna_sampler.py');

/** @returns {Promise<Optuna | undefined>} undefined where that Python has no optuna */
export async function openOptuna(python) {
  const child = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = new Promise((resolve) => child.once('error', () => resolve({ done: true })));
  const first = await Promise.race([lines.next(), failed]);
  if (first.done) return undefined;
  return new Optuna(child, lines, JSON.parse(first.value).optuna);
}

class Optuna {
  constructor(child, lines, version) {
    Object.assign(this, { child, lines, version });
  }

  /** As playSampler. */
  async play({ space, seed, trials, evaluate, objectives = 1 }) {
    this.say({ new: { space: dimensionsOf(space), seed, objectives } });
    const done = [];
    for (let i = 0; i < trials; i++) {
      this.say({ ask: true });
      const { value, done: isGone } = await this.lines.next();
      if (isGone) throw new Error('the Python process of Optuna has ended');
      const { values } = JSON.parse(value);
      const results = evaluate(values);
      done.push({ values, objectives: results });
      this.say({ tell: results });
    }
    return done;
  }

  say(message) {
    this.child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  close() {
    this.child.stdin.end();
  }
}

const integers = new Set(['depth', 'batchSize', 'epochs', 'seed']);

/** Parents stand first in these spaces. */
const dimensionsOf = (space) =>
  Object.entries(space).map(([name, domain]) => {
    const { when } = domain;
    const list = Array.isArray(domain) ? domain : domain.values;
    if (list) return { name, values: list, when };
    const { min: low, max: high, scale, step } = domain;
    return { name, low, high, log: scale === 'log', step, integer: integers.has(name), when };
  });
