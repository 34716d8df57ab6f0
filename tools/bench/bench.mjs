// The run: every case in every precision, and what came out.
import { writeFileSync } from 'node:fs';
import { say } from '../setup/step.mjs';
import { caseNames, caseOf, defaultCases, precisions as allPrecisions } from './cases.mjs';
import { contenderNames, contenderOf, isContender, missing } from './contenders.mjs';
import { figuresOf } from './figures.mjs';
import { hardware } from './machine.mjs';
import { measure } from './measure.mjs';
import { checkNames } from './options.mjs';
import { resultTables } from './tables.mjs';

/** @param {ReturnType<import('./options.mjs').parseOptions>} options */
export async function bench(options) {
  const names = options.cases ?? defaultCases;
  const precisions = options.precisions ?? allPrecisions;
  const wanted = options.contenders ?? contenderNames;
  checkNames('case', names, (name) => caseNames.includes(name), caseNames);
  checkNames('precision', precisions, (name) => allPrecisions.includes(name), allPrecisions);
  checkNames('contenders', wanted, isContender, [...contenderNames, 'fathom@SNAPSHOT']);

  const { contenders, absent } = await choose(wanted, options.python);
  const results = [];
  const versions = {};
  const work = names.flatMap((name) => precisions.map((precision) => ({ name, precision })));
  const left = timeLeft(work.map(({ name }) => Math.sqrt(caseOf(name, options.batch).flops)));
  for (const [i, { name, precision }] of work.entries()) {
    const benchCase = caseOf(name, options.batch);
    const { imageSize, batchSize } = benchCase;
    say(`${name}, ${imageSize} px, batch ${batchSize}, ${precision} (${i + 1} of ${work.length}${left(i)})`);
    const measured = await measure(benchCase, precision, contenders, {
      rounds: options.rounds ?? (options.quick ? 3 : benchCase.rounds),
      roundMs: options.roundMs ?? (options.quick ? 500 : 1500),
      threads: options.threads,
      say,
    });
    Object.assign(versions, measured.versions);
    results.push({ benchCase, precision, ...measured, figures: figuresOf(benchCase, measured) });
  }
  const run = {
    date: new Date().toISOString().slice(0, 10),
    hardware: hardware(),
    threads: options.threads,
    versions,
    absent,
    results,
  };
  if (options.json) writeFileSync(options.json, `${JSON.stringify(run, null, 2)}\n`);
  process.stdout.write(`${await resultTables(run)}\n`);
}

async function choose(wanted, python) {
  const absent = {};
  // Ours first: the others are measured against it.
  const names = ['fathom', ...wanted.filter((name) => name !== 'fathom')].filter((name) => {
    const why = missing(name, python);
    if (why) absent[name] = why;
    return !why;
  });
  for (const [name, why] of Object.entries(absent)) say(`${name} does not take part: ${why}`);
  return { contenders: names.map((name) => contenderOf(name, python)), absent };
}

/** Time left in words, from how long the cases so far took and how much each weighs. */
function timeLeft(weights) {
  const began = Date.now();
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  return (done) => {
    if (done === 0) return '';
    const seconds = ((Date.now() - began) / 1000 / sum(weights.slice(0, done))) * sum(weights.slice(done));
    return seconds < 90
      ? `, about ${Math.round(seconds)} s left`
      : `, about ${Math.round(seconds / 60)} min left`;
  };
}
