#!/usr/bin/env node
// `npm run chaos`: the long form of the reliability tests. Writes what happened into docs/reliability.md.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeSections } from './bench/document.mjs';
import { hardware } from './bench/machine.mjs';
import { run } from './setup/command.mjs';
import { root } from './setup/paths.mjs';
import { say } from './setup/step.mjs';
import { setUp } from './setup.mjs';

const usage = `usage: npm run chaos -- [options]

  --experiment       8 trials with early stopping, and one process killed at each of 20 points of time
  --trainings        60 trainings, while processes are killed and frozen 40 times
  --requests         10,000 malformed and hostile requests
  --hosts            three hosts out of network namespaces, a link that is cut, workers that are added; as root
                     (default: all four)
  --seed N           of all that is random (default: 1)
  --dry              write no page
  --no-setup         take what is installed and built as it is
Exit codes: 0 all is as it should be, 1 it is not, 2 wrong options.`;

const parts = {
  experiment: { tests: 'test/reliability/experiment', project: 'e2e', text: experimentText },
  trainings: { tests: 'test/reliability/chaos', project: 'e2e', text: trainingsText },
  requests: {
    tests: 'apps/coordinator/src/http/hostile-requests',
    project: 'integration',
    text: requestsText,
  },
  hosts: { tests: 'test/multi-machine', project: 'e2e', text: hostsText },
};

function options() {
  const flag = { type: 'boolean', default: false };
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(Object.keys(parts).map((name) => [name, flag])),
      ...{
        seed: { type: 'string', default: '1' },
        dry: flag,
        'no-setup': flag,
        help: { ...flag, short: 'h' },
      },
    },
  });
  const seed = Number(values.seed);
  if (!Number.isInteger(seed) || seed < 0)
    throw new Error(`--seed: expected a whole number, given ${values.seed}`);
  const asked = Object.keys(parts).filter((name) => values[name]);
  return { ...values, seed, names: asked.length > 0 ? asked : Object.keys(parts) };
}

/** Runs the tests of a part in their long form. @returns what they say of it, and whether all passed */
async function runPart({ tests, project }, seed) {
  const dir = mkdtempSync(join(tmpdir(), 'fathom-chaos-'));
  const file = join(dir, 'results.json');
  const env = {
    ...process.env,
    FATHOM_CHAOS: 'whole',
    FATHOM_CHAOS_SEED: String(seed),
    FATHOM_CHAOS_JSON: file,
  };
  env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const args = ['--selectProjects', project, '--runInBand', '--forceExit', '--testPathPatterns', tests];
  const began = performance.now();
  try {
    const passed = await run(join(root, 'node_modules/.bin/jest'), args, { cwd: root, env }).then(
      () => true,
      () => false,
    );
    const seconds = (performance.now() - began) / 1_000;
    // Tests that were skipped say why, and have no results.
    if (!passed || !existsSync(file)) return { passed: false, seconds };
    return { passed, seconds, results: JSON.parse(readFileSync(file, 'utf8')) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const minutes = (seconds) => `${(seconds / 60).toFixed(1)} minutes`;
const sum = (counts) => counts.reduce((total, count) => total + count, 0);
const table = ([head, ...rows], ruler) =>
  [head, ruler, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

function experimentText(runs) {
  const named = runs.map((run) => ({ ...run, process: run.process.replace(/ \d+$/, '') }));
  const decisionsOf = ({ result }) => JSON.stringify(result.decisions);
  const isAsUndisturbed = (one) => decisionsOf(one) === decisionsOf(named[0]);
  const kinds = [...new Set(named.map(({ process, what }) => `${what} ${process}`))];
  const rows = kinds.map((kind) => {
    const results = named.filter(({ process, what }) => `${what} ${process}` === kind);
    const { process, what } = results[0];
    const counted = new Set(results.map(({ result }) => sum(result.epochs)));
    const trained = results.map(({ result }) => result.trained);
    const seconds = results.map(({ result }) => result.seconds);
    return [
      what === 'undisturbed' ? 'undisturbed' : `${what}: ${process}`,
      results.length,
      [...counted].join(', '),
      results.every(isAsUndisturbed) ? 'the same' : 'others',
      `${Math.min(...trained)} to ${Math.max(...trained)}`,
      `${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)}`,
    ];
  });
  const head = ['what happened', 'points', 'epochs that count', 'decisions', 'epochs trained', 'seconds'];
  return table([head, ...rows], ['---', '---:', '---:', '---', '---:', '---:']);
}

function trainingsText({ trials, workers, seconds, log, attempts }) {
  const kindOf = ({ process }) => process.replace(/ \d+$/, '');
  const rows = [...new Set(log.map(kindOf))].sort().map((kind) => {
    const count = (how) => log.filter((one) => kindOf(one) === kind && one.how === how).length;
    return [kind, count('SIGKILL'), count('SIGSTOP')];
  });
  const tried = sum(attempts) - trials;
  return [
    `${trials} trainings on ${workers} workers: ${minutes(seconds.undisturbed)} undisturbed, ${minutes(seconds.disturbed)} while ` +
      `processes were disturbed ${log.length} times, which cost ${tried} more attempts than trials.`,
    table([['process', 'SIGKILL', 'SIGSTOP'], ...rows], ['---', '---:', '---:']),
  ].join('\n\n');
}

function requestsText({ requests, statuses, megabytes }) {
  const rows = Object.entries(statuses).map(([status, count]) => [status, count.toLocaleString('en-US')]);
  return [
    `${requests.toLocaleString('en-US')} requests; the heap of the coordinator after a collection went from ${megabytes.before} to ${megabytes.after} MB.`,
    table([['answer', 'requests'], ...rows], ['---', '---:']),
  ].join('\n\n');
}

function hostsText({ movedMs, resumedFromStep, lateReports, trialsPerMinute: [one, four] }) {
  const rows = [
    [
      'its trial trains on the other host after',
      `${(movedMs / 1_000).toFixed(1)} s, from step ${resumedFromStep}`,
    ],
    ['reports that came late, and changed nothing', lateReports],
    ['trials a minute with one worker', Math.round(one)],
    ['trials a minute with four', Math.round(four)],
  ];
  return table([['what', 'seen'], ...rows], ['---', '---']);
}

async function main() {
  let given;
  try {
    given = options();
  } catch (error) {
    say(`${error.message}\n${usage}`);
    return 2;
  }
  if (given.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  if (!given['no-setup'] && !(await setUp('stack', { quiet: true }))) return 1;
  let failed = false;
  for (const name of given.names) {
    say(name);
    const { passed, seconds, results } = await runPart(parts[name], given.seed);
    if (!passed) {
      failed = true;
      continue;
    }
    const about = `${new Date().toISOString().slice(0, 10)}, seed ${given.seed}, ${minutes(seconds)}, ${hardware()}.`;
    const text = `${about}\n\n${parts[name].text(results)}`;
    process.stdout.write(`\n${text}\n`);
    if (!given.dry) await writeSections(join(root, 'docs/reliability.md'), { [name]: text });
  }
  return failed ? 1 : 0;
}

process.exitCode = await main();
