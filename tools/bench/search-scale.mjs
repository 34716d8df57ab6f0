#!/usr/bin/env node
// `npm run bench:search-scale`: what a decision of the search costs, with up to 10,000 workers and 1,000,000 trials on a
// simulated fleet. Writes the table into docs/search-scale.md.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/paths.mjs';
import { say } from '../setup/step.mjs';
import { flag, runCommand, text, wholeNumber } from './command.mjs';
import { writeSections } from './document.mjs';
import { hardware } from './machine.mjs';

const usage = `usage: npm run bench:search-scale -- [options]

  --only LIST    schedulers or samplers, such as asha,tpe (default: all)
  --quick        a hundredth of the trials
  --most N       trials of a case at the most (default: 1,000,000)
  --json FILE    keep what is measured; what it has is not measured again
  --dry          print the table, write no page
  --no-setup     take what is installed and built as it is
Exit codes: 0 measured, 1 a case failed, 2 wrong options.`;

const CASE = join(root, 'tools/bench/search/scale-case.mjs');
const EPOCHS = 27;
/** Of one case. */
const LIMIT_MS = 1_200_000;
const MARKS = [1_000, 10_000, 100_000, 1_000_000];

const large = { trials: 1_000_000, workers: 10_000 };
/** A model is fitted for every trial, so fewer of them are played. */
const learning = (trials) => ({ trials, workers: 100 });
const random = { algorithm: 'random' };
const asha = { algorithm: 'asha', compare: 'depth' };
const cases = [
  { scheduler: { algorithm: 'run-all' }, search: random, ...large },
  { scheduler: asha, search: random, ...large },
  { scheduler: { algorithm: 'asha-stopping', compare: 'depth' }, search: random, ...large },
  { scheduler: { algorithm: 'hyperband', compare: 'depth' }, search: random, ...large },
  { scheduler: { algorithm: 'median', compare: 'depth' }, search: random, ...large },
  { scheduler: { algorithm: 'pbt' }, search: random, trials: 10_000, workers: 10_000 },
  { scheduler: asha, search: { algorithm: 'sobol' }, ...large },
  { scheduler: asha, search: { algorithm: 'tpe' }, ...learning(20_000) },
  { scheduler: asha, search: { algorithm: 'cma-es' }, ...learning(100_000) },
  {
    ...{ scheduler: asha, search: { algorithm: 'nsga-ii' }, ...learning(100_000) },
    furtherObjectives: [{ metric: 'trainLoss' }],
  },
  { scheduler: asha, search: { algorithm: 'gp' }, trials: 200, workers: 4 },
];

function play(each) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', '--max-old-space-size=8192', CASE, JSON.stringify({ ...each, epochs: EPOCHS })],
    { encoding: 'utf8', cwd: root, maxBuffer: 1e8, timeout: LIMIT_MS },
  );
  if (status === null) return { ...each, fault: `more than ${LIMIT_MS / 1_000} s` };
  if (status !== 0)
    return { ...each, fault: stderr.split('\n').find((line) => /Error/.test(line)) ?? `exit ${status}` };
  return { ...each, ...JSON.parse(stdout) };
}

const count = (value) => Math.round(value).toLocaleString('en-US');
const micro = (value) => (value === undefined ? '–' : value < 10 ? value.toFixed(1) : count(value));
const megabytes = (bytes) => count(bytes / 1e6);

function row({ scheduler, search, trials, workers, fault, ...result }) {
  const head = [scheduler.algorithm, search.algorithm, count(trials), count(workers)];
  if (fault !== undefined) return [...head, fault, ...Array.from({ length: 8 }, () => '–')];
  const { decisions, decidingSeconds, costs, snapshot, seconds, heapBytes } = result;
  return [
    ...head,
    count(decisions),
    count(decisions / decidingSeconds),
    ...MARKS.map((mark) => micro(costs[mark])),
    megabytes(heapBytes),
    snapshot === undefined ? '–' : `${count(snapshot.bytes / 1_000)} kB, ${count(snapshot.ms)} ms`,
    `${seconds.toFixed(0)} s`,
  ];
}

function table(results) {
  const head = [
    ...['scheduler', 'sampler', 'trials', 'workers', 'decisions', 'decisions/s'],
    ...['µs at 1,000', '10,000', '100,000', '1,000,000'],
    ...['heap MB', 'state at 10,000', 'whole run'],
  ];
  const lines = [head, head.map((_, index) => (index < 2 ? '---' : '---:')), ...results.map(row)];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

async function main(values) {
  const only = values.only?.split(',');
  const wanted = cases
    .filter(
      ({ scheduler, search }) =>
        !only || only.includes(scheduler.algorithm) || only.includes(search.algorithm),
    )
    .map((each) => (values.quick ? { ...each, trials: Math.max(1_000, each.trials / 100) } : each));
  const { json } = values;
  const kept = json && existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : {};
  const results = wanted.map((each) => {
    // A case that was played in whole before is not played in part.
    const whole = JSON.stringify(each);
    const part = { ...each, trials: Math.min(each.trials, wholeNumber('most', values.most)) };
    const key = kept[whole]?.fault === undefined && kept[whole] ? whole : JSON.stringify(part);
    if (kept[key] === undefined || kept[key].fault !== undefined) {
      kept[key] = play(part);
      if (json) writeFileSync(json, JSON.stringify(kept));
    }
    const result = kept[key];
    const name = `${each.scheduler.algorithm} x ${each.search.algorithm}`;
    say(`${name}: ${result.fault ?? `${result.seconds.toFixed(1)} s`}`);
    return result;
  });
  const about = `${new Date().toISOString().slice(0, 10)}, ${hardware()}; ${EPOCHS} epochs a trial.`;
  const section = `${about}\n\n${table(results)}`;
  process.stdout.write(`\n${section}\n`);
  if (!values.dry && !values.quick && !only)
    await writeSections(join(root, 'docs/search-scale.md'), { scale: section });
  return results.some(({ fault }) => fault !== undefined) ? 1 : 0;
}

await runCommand(
  {
    usage,
    options: { only: text, quick: flag, json: text, most: { ...text, default: '1000000' }, dry: flag },
    purpose: 'client',
  },
  main,
);
