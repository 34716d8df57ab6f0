// The run: every case in every precision, what it takes to start, what an epoch takes, and where the figures go.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../setup/paths.mjs';
import { say } from '../setup/step.mjs';
import { caseNames, caseOf, defaultCases, precisions as allPrecisions } from './cases.mjs';
import { contenderNames, contenderOf, isContender, missing } from './contenders.mjs';
import { writeSections } from './document.mjs';
import { allocators } from './environment.mjs';
import { countFeeds, measureEpochs } from './epoch.mjs';
import { figuresOf } from './figures.mjs';
import { measureGpu } from './gpu.mjs';
import { hardware } from './machine.mjs';
import { measure } from './measure.mjs';
import { checkNames, parts as allParts } from './options.mjs';
import { measureStartup } from './startup.mjs';
import { sections } from './tables.mjs';

/** @param {ReturnType<import('./options.mjs').parseOptions>} options */
export async function bench(options) {
  const run = options.from ? JSON.parse(readFileSync(options.from, 'utf8')) : await measureAll(options);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(run, null, 2)}\n`);
  const texts = sections(run);
  process.stdout.write(`\n${Object.values(texts).join('\n\n')}\n`);
  const page = options.page ?? (run.complete ? join(root, 'docs/benchmarks.md') : undefined);
  if (options.dry || page === undefined) return;
  await writeSections(page, texts);
  say(`written into ${relative(process.cwd(), page)}`);
}

async function measureAll(options) {
  const { cases, precisions, wanted } = checked(options);
  // Start-up and epochs are ours alone.
  const others = ['steps', 'gpu'].some((part) => options.parts.includes(part));
  const { contenders, absent } = choose(others ? wanted : ['fathom'], options.python);
  const run = {
    date: new Date().toISOString().slice(0, 10),
    command: ['npm run bench', ...(options.args.length > 0 ? ['--', ...options.args] : [])].join(' '),
    // A run of a part does not replace the page's tables.
    complete:
      !options.quick && !options.cases && !options.precisions && !options.contenders && !options.batch,
    hardware: hardware(),
    machine: options.machine,
    versions: {},
    absent,
    results: [],
  };
  if (options.parts.includes('steps')) await measureSteps(run, cases, precisions, contenders, options);
  const { machine, quick } = options;
  if (options.parts.includes('startup')) run.startup = await measureStartup({ precisions, machine, say });
  if (options.parts.includes('epochs')) {
    run.epochs = await measureEpochs({ precisions, machine, quick, say });
    run.feeds = await countFeeds(machine);
  }
  if (options.parts.includes('gpu'))
    run.gpu = await measureGpu({
      ...{ names: options.cases, contenders, machine, say },
      rounds: options.rounds ?? (quick ? 2 : undefined),
      roundMs: options.roundMs ?? (quick ? 500 : 1500),
    });
  run.complete &&= allParts.every((part) => options.parts.includes(part));
  return run;
}

async function measureSteps(run, cases, precisions, contenders, options) {
  const work = cases.flatMap((name) => precisions.map((precision) => ({ name, precision })));
  const left = timeLeft(work.map(({ name }) => Math.sqrt(caseOf(name, options.batch).flops)));
  for (const [i, { name, precision }] of work.entries()) {
    const benchCase = caseOf(name, options.batch);
    say(`${benchCase.title}, ${precision} (${i + 1} of ${work.length}${left(i)})`);
    const measured = await measure(benchCase, precision, contenders, {
      rounds: options.rounds ?? (options.quick ? 3 : benchCase.rounds),
      roundMs: options.roundMs ?? (options.quick ? 500 : 1500),
      machine: options.machine,
      say,
    });
    const { versions, ...values } = measured;
    Object.assign(run.versions, versions);
    run.results.push({ benchCase, precision, ...values, figures: figuresOf(benchCase, measured) });
  }
}

function checked(options) {
  const cases = options.cases ?? defaultCases;
  const precisions = options.precisions ?? allPrecisions;
  const wanted = options.contenders ?? contenderNames;
  const among = (list) => (name) => list.includes(name);
  checkNames('case', cases, among(caseNames), caseNames);
  checkNames('precision', precisions, among(allPrecisions), allPrecisions);
  checkNames('contenders', wanted, isContender, [...contenderNames, 'fathom@SNAPSHOT']);
  checkNames('allocator', [options.machine.allocator], among(allocators), allocators);
  checkNames('parts', options.parts, among(allParts), allParts);
  return { cases, precisions, wanted };
}

function choose(wanted, python) {
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
