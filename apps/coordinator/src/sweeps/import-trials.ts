import {
  MAX_TRIALS,
  objectivesOf,
  parameterNames,
  type SweepSpec,
  type WarmStartTrial,
} from '@fathom/contracts';
import { importsOf, type PastTrial } from '@fathom/search';
import type { Store } from '@fathom/store';
import type { ProblemError } from '../http/problem-error';
import { refusal } from './refuse';

/**
 * The sweep with the completed trials of the sweeps in `warmStart.sweeps` among those of `warmStart.trials`, so that from
 * here on it depends on nothing outside itself.
 *
 * @param spec of a sweep that can run
 * @throws ProblemError sweep-cannot-run for a sweep that is not there, that searched for something else or on other data,
 *   or that has nothing to import, and for more trials than a sweep may have
 */
export async function withImportedTrials(store: Store, spec: SweepSpec): Promise<SweepSpec> {
  const { sweeps, trials } = spec.warmStart;
  if (sweeps.length === 0) return spec;
  // By what they say, because a sweep that is submitted once more has them already.
  const found = new Map(trials.map((trial) => [JSON.stringify(trial), trial]));
  for (const [index, id] of sweeps.entries())
    for (const trial of await importedFrom(store, spec, id, `$.warmStart.sweeps[${String(index)}]`))
      found.set(JSON.stringify(trial), trial);
  if (found.size > MAX_TRIALS)
    throw refusalAt(
      '$.warmStart.sweeps',
      `${String(found.size)} imported trials are more than the ${String(MAX_TRIALS)} a sweep may have`,
    );
  return { ...spec, warmStart: { trials: [...found.values()], sweeps } };
}

async function importedFrom(
  store: Store,
  spec: SweepSpec,
  id: string,
  path: string,
): Promise<readonly WarmStartTrial[]> {
  const past = await store.analysis.sweep(id);
  if (past === undefined) throw refusalAt(path, `there is no sweep ${id}`);
  const objectives = objectivesOf(past.spec);
  const missing = objectivesOf(spec).find(({ metric }) =>
    objectives.every((other) => other.metric !== metric),
  );
  if (missing)
    throw refusalAt(
      path,
      `the objectives of sweep ${id} are ${objectives.map(({ metric }) => metric).join(', ')}, ` +
        `and this sweep's ${missing.metric} is not among them`,
    );
  if (JSON.stringify(past.spec.dataset) !== JSON.stringify(spec.dataset))
    throw refusalAt(
      path,
      `sweep ${id} has another data set, so that its results say nothing about this one's`,
    );
  const results = await store.analysis.results(id, ['completed'], parameterNames);
  // All parameters were asked for, and every trial has all of them.
  const trials = importsOf(spec, results as readonly PastTrial[], objectives);
  if (trials.length === 0)
    throw refusalAt(
      path,
      `none of the ${String(results.length)} completed trials of sweep ${id} has a configuration that this sweep could try`,
    );
  return trials;
}

const refusalAt = (path: string, message: string): ProblemError =>
  refusal({ path, rule: 'warm-start', message });
