import type { DepthRow, DepthTable, FinalMetrics, TrainingConfig } from '@fathom/contracts';
import type { Configuration, SearchSpace } from '../space/search-space';
import { meanOf, sampleStatistics } from './sample-statistics';
import { lossColumn, type Objectives, type TrialResult } from './trial-result';

type Metrics = Pick<FinalMetrics, 'testError' | 'validationError' | 'trainSeconds' | 'parameters'>;

/** What the table needs of a completed trial. */
export interface DepthResult extends Pick<TrialResult, 'number' | 'config' | 'objectives'>, Metrics {
  readonly depth: number;
  readonly variant: TrainingConfig['variant'];
}

/**
 * Error by depth and variant, shallow first and residual before plain. The best settings of each are chosen by the
 * sweep's main objective and not by the test error that is shown for them: what is chosen by a number looks better in
 * it than it is.
 */
export function depthTable(
  space: SearchSpace,
  spec: Objectives,
  results: readonly DepthResult[],
): DepthTable {
  const losses = lossColumn(spec, 0, results);
  const settingsOf = (config: Configuration): Configuration => {
    const settings = { ...space.activeValues(config) };
    delete settings.seed;
    return settings;
  };
  const groups = new Map<string, Map<string, Measured[]>>();
  results.forEach((result, index) => {
    const group = inserted(
      groups,
      `${String(result.depth)} ${result.variant}`,
      () => new Map<string, Measured[]>(),
    );
    const settings = space.key(settingsOf(result.config));
    inserted(group, settings, (): Measured[] => []).push({ result, loss: losses[index] ?? Infinity });
  });
  const rows = [...groups.values()].flatMap((group) => {
    const row = rowOf([...group.values()], settingsOf);
    return row === undefined ? [] : [row];
  });
  return { rows: rows.sort((a, b) => a.depth - b.depth || b.variant.localeCompare(a.variant)) };
}

interface Measured {
  readonly result: DepthResult;
  readonly loss: number;
}

function rowOf(
  configurations: readonly (readonly Measured[])[],
  settingsOf: (config: Configuration) => Configuration,
): DepthRow | undefined {
  const all = configurations.flat();
  const best = lowestLoss(configurations);
  const [first] = best;
  if (first === undefined) return undefined;
  const mean = (metric: keyof Metrics) => meanOf(all.map(({ result }) => result[metric]));
  return {
    depth: first.result.depth,
    variant: first.result.variant,
    trials: all.length,
    configurations: configurations.length,
    ...testErrorOf(all),
    meanValidationError: mean('validationError'),
    meanTrainSeconds: mean('trainSeconds'),
    parameters: Math.round(mean('parameters')),
    best: {
      values: settingsOf(first.result.config),
      trials: best.map(({ result }) => result.number),
      ...testErrorOf(best),
    },
  };
}

function testErrorOf(trials: readonly Measured[]) {
  const { mean, std, interval } = sampleStatistics(trials.map(({ result }) => result.testError));
  return { meanTestError: mean, stdTestError: std, intervalTestError: interval };
}

/** The configuration of the lowest mean loss, the first of equal ones. */
function lowestLoss(configurations: readonly (readonly Measured[])[]): readonly Measured[] {
  const [first, ...others] = configurations.map((trials) => ({
    trials,
    loss: meanOf(trials.map(({ loss }) => loss)),
  }));
  if (first === undefined) return [];
  return others.reduce((best, one) => (one.loss < best.loss ? one : best), first).trials;
}

function inserted<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
