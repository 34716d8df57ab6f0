#!/usr/bin/env node
// `npm run bench:fairness`: plays each way of comparing trials at a rung on recorded learning curves, and writes how
// often the eventual winner was killed, what was lost and what it cost into docs/fairness.md.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from '../setup/paths.mjs';
import { say } from '../setup/step.mjs';
import { runCommand, text, wholeNumber } from './command.mjs';

const usage = `usage: npm run bench:fairness -- [--curves FILE] [--plays N] [--trials N] [--workers N] [--out FOLDER]

Each play is a sweep over a random part of the recorded trainings in random order.
  --curves FILE   what \`npm run record:curves\` has kept (default: test/curves/cifar10-curves.json)
  --plays N       for each rule (default: 1000)
  --trials N      of a play (default: three quarters of the recorded ones)
  --workers N     that train at the same time (default: 4)
  --out FOLDER    for fairness.md and its pictures (default: docs)
  --no-setup      everything is there already
Exit codes: 0 written, 1 something failed, 2 wrong options.`;

const options = {
  curves: { ...text, default: join(root, 'test/curves/cifar10-curves.json') },
  plays: { ...text, default: '1000' },
  trials: text,
  workers: { ...text, default: '4' },
  out: { ...text, default: join(root, 'docs') },
};

async function main(values) {
  const recorded = JSON.parse(readFileSync(resolve(values.curves), 'utf8'));
  // Only now: these import what the set-up installs and builds.
  const { rules, playRule } = await import('./fairness/play.mjs');
  const { writePage } = await import('./fairness/page.mjs');
  const setting = {
    plays: wholeNumber('plays', values.plays),
    trials: wholeNumber('trials', values.trials ?? String(Math.floor((3 * recorded.curves.length) / 4))),
    workers: wholeNumber('workers', values.workers),
  };
  const results = [];
  for (const rule of rules) {
    const result = playRule(recorded, rule, setting);
    results.push(result);
    say(
      `${rule.scheduler} ${rule.compare ?? ''} ${rule.eta ?? ''} from ${rule.minEpochs ?? '–'}: winner killed in ${(100 * result.killed).toFixed(1)} %, ` +
        `${(100 * result.regret).toFixed(2)} points lost, ${(100 * result.cost).toFixed(0)} % of the cost`,
    );
  }
  await writePage(resolve(values.out), { recorded, setting, results });
  return 0;
}

await runCommand({ usage, options, purpose: 'client' }, main);
