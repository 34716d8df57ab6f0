#!/usr/bin/env node
// `npm run bench:search`: every sampler on functions whose best value is known, Optuna's TPE on the same, and every
// scheduler on learning curves. Writes the tables into docs/search-benchmarks.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/paths.mjs';
import { say } from '../setup/step.mjs';
import { flag, runCommand, text, wholeNumber } from './command.mjs';
import { writeSections } from './document.mjs';
import { hardware } from './machine.mjs';

const usage = `usage: npm run bench:search -- [options]

  --objectives LIST  (default: all)      --samplers LIST  random, sobol, tpe, gp, cma-es, nsga-ii, optuna (default: all)
  --seeds N          (default: 30)       --json FILE      keep what is measured; what it has is not measured again
  --dry              print the tables, write no page
  --no-setup         take what is installed and built as it is

Optuna is looked for in python3, or in the Python that FATHOM_BENCH_PYTHON names.
Exit codes: 0 measured, 1 something failed, 2 wrong options.`;

const CHECKPOINTS = [30, 50, 100, 200];
/** A Gaussian process is not meant for more. */
const TRIALS = { gp: 50 };
const CURVES = join(root, 'test/curves/cifar10-curves.json');

async function measure({ seeds, json, ...wanted }, python) {
  const { objectives, multiObjective, recordedObjective } = await import('./search/objectives.mjs');
  const { playSampler } = await import('./search/play-sampler.mjs');
  const { openOptuna } = await import('./search/optuna.mjs');
  const { hypervolumeRegret, regretsOf, trueOf } = await import('./search/regret.mjs');
  const schedulers = await import('./search/schedulers.mjs');
  const curves = existsSync(CURVES) ? JSON.parse(readFileSync(CURVES, 'utf8')).curves : [];
  const all = {
    ...objectives,
    ...(curves.length > 0 ? { 'recorded curves': recordedObjective(curves) } : {}),
  };
  const isWanted = (list, name) => list === undefined || list.split(',').includes(name);
  const optuna = isWanted(wanted.samplers, 'optuna') ? await openOptuna(python) : undefined;
  const kept = json && existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : {};
  const found = {
    regrets: kept.regrets ?? {},
    pareto: kept.pareto ?? {},
    optuna: optuna?.version ?? kept.optuna,
  };
  const keep = () => json && writeFileSync(json, JSON.stringify(found));

  const playAll = async (target, name, sampler, job) => {
    if (target[name]?.[sampler]?.length === seeds.length) return;
    const began = Date.now();
    const bySeed = [];
    for (const seed of seeds) bySeed.push(await job(seed));
    (target[name] ??= {})[sampler] = bySeed;
    keep();
    say(`${name}, ${sampler}: ${((Date.now() - began) / 1_000).toFixed(1)} s`);
  };
  for (const [name, objective] of Object.entries(all)) {
    if (!isWanted(wanted.objectives, name)) continue;
    const samplers = ['random', 'sobol', 'tpe', 'gp', ...(objective.numeric ? ['cma-es'] : [])];
    for (const algorithm of samplers.filter((each) => isWanted(wanted.samplers, each)))
      await playAll(found.regrets, name, algorithm, (seed) => {
        const trials = TRIALS[algorithm] ?? CHECKPOINTS.at(-1);
        const evaluate = trueOf(objective, seed);
        return regretsOf(
          objective,
          CHECKPOINTS,
          playSampler({ ...objective, algorithm, seed, trials, evaluate }),
        );
      });
    if (optuna)
      await playAll(found.regrets, name, 'optuna', async (seed) => {
        const trials = CHECKPOINTS.at(-1);
        const evaluate = trueOf(objective, seed);
        return regretsOf(objective, CHECKPOINTS, await optuna.play({ ...objective, seed, trials, evaluate }));
      });
  }
  if (isWanted(wanted.objectives, 'error and cost'))
    for (const algorithm of ['random', 'tpe', 'nsga-ii', 'optuna'].filter((each) =>
      isWanted(wanted.samplers, each),
    )) {
      const player = algorithm === 'optuna' ? optuna : undefined;
      if (algorithm === 'optuna' && !player) continue;
      await playAll(found.pareto, 'error and cost', algorithm, async (seed) => {
        const job = { ...multiObjective, algorithm, seed, objectives: 2, trials: CHECKPOINTS.at(-1) };
        const evaluate = multiObjective.values;
        const done = player ? await player.play({ ...job, evaluate }) : playSampler({ ...job, evaluate });
        return hypervolumeRegret(multiObjective, CHECKPOINTS, done);
      });
    }
  optuna?.close();
  const { replay } = await import('@fathom/search');
  found.schedulers = {
    'made-up curves': schedulers.playSchedulers(schedulers.madeUp, seeds),
    ...(curves.length > 0
      ? { 'recorded curves': schedulers.playSchedulers(schedulers.recorded(replay(curves)), seeds) }
      : {}),
  };
  keep();
  return found;
}

async function main({ seeds, ...values }) {
  const count = wholeNumber('seeds', seeds);
  const given = { ...values, seeds: Array.from({ length: count }, (_, i) => i) };
  const { regretTable, comparison, schedulerTable } = await import('./search/tables.mjs');
  const found = await measure(given, process.env.FATHOM_BENCH_PYTHON || 'python3');
  const optuna =
    found.optuna === undefined ? 'without Optuna: python3 cannot import it' : `Optuna ${found.optuna}`;
  const sections = {
    about: `${new Date().toISOString().slice(0, 10)}, \`npm run bench:search -- --seeds ${count}\`: ${hardware()}; ${optuna}; ${count} seeds.`,
    samplers: regretTable(found.regrets, CHECKPOINTS),
    optuna: comparison(found.regrets, CHECKPOINTS, ['tpe', 'optuna']),
    pareto: regretTable(found.pareto, CHECKPOINTS),
    schedulers: schedulerTable(found.schedulers),
  };
  process.stdout.write(`\n${Object.values(sections).join('\n\n')}\n`);
  const isWhole = given.objectives === undefined && given.samplers === undefined;
  if (!given.dry && isWhole) await writeSections(join(root, 'docs/search-benchmarks.md'), sections);
  return 0;
}

await runCommand(
  {
    usage,
    options: { objectives: text, samplers: text, seeds: { ...text, default: '30' }, json: text, dry: flag },
    purpose: 'client',
  },
  main,
);
