#!/usr/bin/env node
// `npm run bench:coordination`: what the coordinator can do, with a real Redis and PostgreSQL. Writes its tables into
// docs/scale.md and docs/analysis.md.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/paths.mjs';
import { say } from '../setup/step.mjs';
import { flag, runCommand, text } from './command.mjs';
import { writeSections } from './document.mjs';
import { hardware } from './machine.mjs';
import { median } from './statistics.mjs';

const usage = `usage: npm run bench:coordination -- [options]

  --quick        a tenth of everything; writes no page
  --json FILE    all measured values
  --dry          print the tables, write no page
  --no-setup     take what is installed and built as it is
Exit codes: 0 measured, 1 something failed, 2 wrong options, 130 interrupted.`;

/** Trials of a sweep, as many as it may have; and past trials at which the memory is read. */
const whole = {
  trials: 10_000,
  past: [1_000, 10_000, 100_000],
  trainings: 100,
  epochs: 20,
  seconds: 30,
  repeats: 20,
};
const quick = { trials: 1_000, past: [100, 1_000, 3_000], trainings: 20, epochs: 10, seconds: 5, repeats: 5 };
const SLOTS = 64;
const STREAM_RATE = 200;

async function measure(stack, size) {
  const { analysisTimes, reportRate, restingMemory, rowBytes, runSweep, streamLatency, sweepOf } =
    await import('./coordination/measures.mjs');
  const result = { runs: {}, memory: {} };
  say('no-op trials');
  const worker = await stack.noOpWorker(SLOTS);
  const schedulers = {
    'run-all': { scheduler: { algorithm: 'run-all' } },
    'asha by promotion, 3 rungs': { scheduler: { algorithm: 'asha', eta: 2 }, epochs: 4 },
  };
  const names = Object.keys(schedulers);
  const run = async (name, trials) => {
    const further = [{ metric: 'trainSeconds' }, { metric: 'parameters' }];
    const one = await runSweep(stack, sweepOf({ trials, furtherObjectives: further, ...schedulers[name] }));
    say(
      `${name}, ${trials} trials: ${Math.round(one.trialsPerSecond)} a second; submit ${Math.round(one.submitMs)} ms`,
    );
    if (trials === size.trials) (result.runs[name] ??= []).push(one);
    return one.id;
  };
  let past = 0;
  for (const mark of size.past) {
    for (let i = 0; past < mark; i++) {
      const trials = Math.min(size.trials, mark - past);
      const name = names[i % names.length];
      const id = await run(name, trials);
      if (name === names[0]) result.last = id;
      past += trials;
    }
    result.memory[mark] = await restingMemory(stack);
    say(`after ${mark} trials: ${Math.round(result.memory[mark].heap / 1e6)} MB of heap`);
  }
  worker.kill('SIGTERM');
  say('analysis');
  result.analysis = await analysisTimes(stack, result.last, size.repeats);
  say('reports');
  result.reports = [];
  for (let i = 0; i < 3; i++) result.reports.push(await reportRate(stack, size));
  say('stream');
  result.stream = await streamLatency(stack, { perSecond: STREAM_RATE, seconds: size.seconds });
  result.bytes = await rowBytes(stack);
  return result;
}

const count = (value) => Math.round(value).toLocaleString('en-US');
const span = (values, digits = 0) => {
  const text = (value) => value.toLocaleString('en-US', { maximumFractionDigits: digits });
  return values.length === 1
    ? text(values[0])
    : `${text(median(values))} (${text(Math.min(...values))} to ${text(Math.max(...values))})`;
};
const quantile = (values, q) => values.toSorted((a, b) => a - b)[Math.ceil(q * values.length) - 1];

function scaleTable({ runs, memory, reports, stream, bytes }, { trials }) {
  const submits = Object.values(runs)
    .flat()
    .map(({ submitMs }) => submitMs);
  const lost = stream.sent - stream.latencies.length;
  const rows = [
    [
      'reports persisted per second',
      span(reports.map(({ perSecond }) => perSecond)),
      `n = ${reports.length}, ${count(reports[0].reports)} reports each`,
    ],
    ...Object.entries(runs).map(([name, list]) => [
      `no-op trials per second, ${name}`,
      span(list.map(({ trialsPerSecond }) => trialsPerSecond)),
      `n = ${list.length}, ${count(trials)} trials each, from the submit to the end of the sweep`,
    ]),
    [`answer to a submit of ${count(trials)} trials, ms`, span(submits), `n = ${submits.length}`],
    [
      'report to SSE, ms: median, p99, highest',
      [0.5, 0.99, 1].map((q) => quantile(stream.latencies, q).toFixed(1)).join(', '),
      `${count(stream.sent)} step reports at ${STREAM_RATE} a second, ${lost} not seen`,
    ],
    ...Object.entries(memory).map(([past, { heap, resident }]) => [
      `coordinator memory after ${count(past)} past trials, MB`,
      `${count(heap / 1e6)} of heap, ${count(resident / 1e6)} resident`,
      'at rest, after a collection',
    ]),
    [
      'bytes of a row with its indices',
      Object.entries(bytes)
        .map(([name, each]) => `${name} ${count(each)}`)
        .join(', '),
      'PostgreSQL, after all of the above',
    ],
  ];
  return table([['what', 'median (lowest to highest)', 'how'], ...rows], ['---', '---:', '---']);
}

function analysisTable(analysis) {
  const rows = Object.entries(analysis).map(([question, times]) => [
    question,
    span(times, 0),
    String(times.length),
  ]);
  return table([['question', 'ms, median (lowest to highest)', 'n'], ...rows], ['---', '---:', '---:']);
}

const table = ([head, ...rows], ruler) =>
  [head, ruler, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

async function main(values) {
  const size = values.quick ? quick : whole;
  const { Stack } = await import('./coordination/stack.mjs');
  const stack = await Stack.start();
  // What it started ends with it.
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => void stack.stop().finally(() => process.exit(130)));
  let result;
  try {
    result = await measure(stack, size);
  } finally {
    await stack.stop();
  }
  if (values.json) writeFileSync(values.json, JSON.stringify(result));
  const about = `${new Date().toISOString().slice(0, 10)}, ${hardware()}; Redis with an append-only file, PostgreSQL 18, coordinator and worker on the same cores.`;
  const scale = `${about}\n\n${scaleTable(result, size)}`;
  const analysis = `${about} ${count(size.trials)} trials, 5 parameters, 3 objectives.\n\n${analysisTable(result.analysis)}`;
  process.stdout.write(`\n${scale}\n\n${analysis}\n`);
  if (!values.dry && !values.quick) {
    await writeSections(join(root, 'docs/scale.md'), { coordination: scale });
    await writeSections(join(root, 'docs/analysis.md'), { analysis });
  }
  return 0;
}

await runCommand({ usage, options: { quick: flag, json: text, dry: flag }, purpose: 'stack' }, main);
