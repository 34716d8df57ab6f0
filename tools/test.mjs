#!/usr/bin/env node
// `npm test`: set-up, then every check and every test. A step that fails does not hide the others.
// The last line is "N passed, N failed" (with ", N skipped" where some were): one for each test, and one for each
// check that is not a test.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './setup/command.mjs';
import { root } from './setup/paths.mjs';
import { seconds } from './setup/step.mjs';
import { setUp } from './setup.mjs';

const reports = mkdtempSync(join(tmpdir(), 'fathom-test-'));
const bin = (name) => join(root, 'node_modules/.bin', name);

const check = (name, ...commands) => ({
  name,
  async run() {
    for (const [command, ...args] of commands) await run(command, args, options);
    return { passed: 1, failed: 0, skipped: 0 };
  },
});

const suite = (name, project, ...more) => ({
  name,
  async run() {
    const file = join(reports, `${project}.json`);
    const args = ['--selectProjects', project, '--json', `--outputFile=${file}`, ...more];
    // Jest ends with an error where a test failed; its report says which, so the count comes from there.
    const failure = await run(bin('jest'), args, options).then(
      () => undefined,
      (error) => error,
    );
    const counts = countsOf(file, failure);
    if (failure && counts.failed === 0) throw failure;
    return counts;
  },
});

const steps = [
  // First, because the lint rules and some tests read what it writes.
  check(
    'types',
    [bin('tsc'), '--build', 'tsconfig.json'],
    [bin('tsc'), '--noEmit', '-p', 'tsconfig.spec.json'],
  ),
  check('format', [bin('prettier'), '--check', '--log-level=warn', '.']),
  // nx writes the project graph that the module boundary rule reads.
  check('lint', [bin('nx'), 'show', 'projects', '--json'], [bin('eslint'), '.', '--max-warnings=0']),
  check('generated', [process.execPath, 'tools/generate.mjs', '--check']),
  suite('unit tests', 'unit'),
  // Two at a time, for they wait more than they compute. Whatever a failed test left open must not keep the run from ending.
  suite('integration tests', 'integration', '--maxWorkers=2', '--forceExit'),
  suite('end-to-end tests', 'e2e', '--runInBand', '--forceExit'),
  suite('GPU tests', 'gpu', '--runInBand', '--forceExit'),
];

// Quieter: no deprecation warnings of dependencies, no chatter of TensorFlow below an error.
const options = {
  cwd: root,
  env: {
    ...process.env,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --no-deprecation`.trim(),
    TF_CPP_MIN_LOG_LEVEL: process.env.TF_CPP_MIN_LOG_LEVEL ?? '2',
    NX_DAEMON: 'false',
  },
};

function countsOf(file, failure) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw failure ?? new Error(`Jest left no report in ${file}`);
  }
  return {
    passed: report.numPassedTests,
    // A file that does not even load has no tests to count; it is one failure.
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
    reasons: skipReasons(report),
  };
}

/** Why tests were skipped: what the title of their group says, as in `on a GPU (skipped: there is none)`. */
function skipReasons({ testResults }) {
  const pending = testResults.flatMap((file) =>
    file.assertionResults.filter(({ status }) => status === 'pending'),
  );
  return [...new Set(pending.flatMap(({ fullName }) => /\(skipped: (.*?)\)/.exec(fullName)?.[1] ?? []))];
}

async function main() {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const summary = [];
  const record = async (name, work) => {
    const began = Date.now();
    console.log(`\n== ${name}`);
    let counts;
    try {
      counts = await work();
    } catch (error) {
      console.log(error.message);
      counts = { passed: 0, failed: 1, skipped: 0 };
    }
    for (const key of Object.keys(total)) total[key] += counts[key];
    const why = counts.reasons?.length ? `: ${counts.reasons.join('; ')}` : '';
    summary.push(
      `${counts.failed > 0 ? '✗' : '✓'} ${name.padEnd(18)} ${sentence(counts)}${why} (${seconds(began)})`,
    );
    return counts.failed === 0;
  };

  const ready = await record('set-up', async () => {
    if (await setUp('test')) return { passed: 1, failed: 0, skipped: 0 };
    throw new Error('The set-up failed; what to do stands above.');
  });
  // Without packages there is nothing to run the checks with.
  if (ready) for (const step of steps) await record(step.name, step.run);

  console.log(`\n${summary.join('\n')}\n`);
  console.log(sentence(total));
  process.exitCode = total.failed > 0 ? 1 : 0;
}

const sentence = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

try {
  await main();
} finally {
  rmSync(reports, { recursive: true, force: true });
}
