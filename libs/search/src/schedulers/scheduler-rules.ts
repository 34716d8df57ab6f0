import {
  changeableParameters,
  objectivesOf,
  type ObjectiveMetric,
  type ParameterName,
  type SchedulerSpec,
  type SweepSpec,
} from '@fathom/contracts';
import { SearchSpecError } from '../search-spec-error';
import type { SchedulerSetup } from './scheduler';

interface Chosen {
  readonly spec: SweepSpec;
  readonly settings: SchedulerSpec;
}

/** Known after the last epoch only; a scheduler decides before. */
const lastEpochOnly: ReadonlySet<ObjectiveMetric> = new Set<ObjectiveMetric>(['testError', 'testLoss']);

/** Epochs that are not the last one, in words. */
const belowTheLast = (epochs: number): string =>
  epochs > 1 ? `1 to ${String(epochs - 1)}` : 'none, take run-all';

/** @throws SearchSpecError where an objective is not known on the way */
function checkObjectives({ spec, settings }: Chosen): void {
  objectivesOf(spec).forEach(({ metric }, index) => {
    if (!lastEpochOnly.has(metric)) return;
    throw new SearchSpecError(
      index === 0 ? ['objective', 'metric'] : ['furtherObjectives', index - 1, 'metric'],
      `${metric} is known after the last epoch only, and ${settings.algorithm} decides before; ` +
        'take a metric of the validation set or of training, or the scheduler run-all',
    );
  });
}

/** @throws SearchSpecError where trials would have different last epochs */
function checkEpochsFixed({ spec, settings }: Chosen): void {
  if (spec.space.epochs !== undefined)
    throw new SearchSpecError(
      ['space', 'epochs'],
      `${settings.algorithm} compares trials on the way to the same last epoch: give epochs in the recipe, ` +
        'not in the space',
    );
}

/** @throws SearchSpecError for a lowest rung that is not below the last epoch */
export function checkRungs(
  setup: SchedulerSetup<'asha'> | SchedulerSetup<'asha-stopping'> | SchedulerSetup<'hyperband'>,
): void {
  const { settings, epochs } = setup;
  checkObjectives(setup);
  checkEpochsFixed(setup);
  if (settings.minEpochs >= epochs)
    throw new SearchSpecError(
      ['scheduler', 'minEpochs'],
      `rungs beyond the epochs: the lowest rung is at epoch ${String(settings.minEpochs)}, and trials have ` +
        `${String(epochs)}; allowed: ${belowTheLast(epochs)}`,
    );
}

/** @throws SearchSpecError where no trial could ever be stopped */
export function checkMedian(setup: SchedulerSetup<'median'>): void {
  const { settings, epochs, plannedTrials } = setup;
  const { warmupEpochs, intervalEpochs, startupTrials } = settings;
  checkObjectives(setup);
  if (warmupEpochs + intervalEpochs >= epochs)
    throw new SearchSpecError(
      ['scheduler', intervalEpochs >= epochs ? 'intervalEpochs' : 'warmupEpochs'],
      `the first look would be after epoch ${String(warmupEpochs + intervalEpochs)} ` +
        `(warmupEpochs ${String(warmupEpochs)} + intervalEpochs ${String(intervalEpochs)}), and trials have ` +
        `${String(epochs)} epochs; their sum must be below that`,
    );
  if (startupTrials >= plannedTrials)
    throw new SearchSpecError(
      ['scheduler', 'startupTrials'],
      `the sweep has ${String(plannedTrials)} trials, so that none could be stopped after ` +
        `${String(startupTrials)} complete ones; allowed: below ${String(plannedTrials)}`,
    );
}

/**
 * @returns the parameters of the space that population-based training changes
 * @throws SearchSpecError where there are none, or no population, or no exchange
 */
export function checkPopulation(setup: SchedulerSetup<'pbt'>): ReadonlySet<ParameterName> {
  const { settings, epochs, plannedTrials, spec } = setup;
  checkObjectives(setup);
  checkEpochsFixed(setup);
  if (settings.intervalEpochs >= epochs)
    throw new SearchSpecError(
      ['scheduler', 'intervalEpochs'],
      `the first exchange would be at epoch ${String(settings.intervalEpochs)}, and trials have ${String(epochs)} ` +
        `epochs; allowed: ${belowTheLast(epochs)}`,
    );
  if (plannedTrials < 2)
    throw new SearchSpecError(
      spec.search.algorithm === 'grid' ? ['space'] : ['search', 'trials'],
      `population-based training needs a population of at least 2 trials, given ${String(plannedTrials)}`,
    );
  return mutated(setup);
}

function mutated({ settings, spec, space }: SchedulerSetup<'pbt'>): ReadonlySet<ParameterName> {
  const changeable = [...changeableParameters].join(', ');
  const searched = new Set(space.dimensions.filter(({ size }) => size > 1).map(({ name }) => name));
  const names = settings.mutate;
  names?.forEach((name, index) => {
    const path = ['scheduler', 'mutate', index];
    if (!changeableParameters.has(name))
      throw new SearchSpecError(path, `${name} cannot change during a training; allowed: ${changeable}`);
    if (!searched.has(name))
      throw new SearchSpecError(
        path,
        spec.space[name] === undefined
          ? `${name} is not in the space, so that it is not known which values it may take`
          : `${name} has only one value in the space`,
      );
  });
  const changed = names ?? [...searched].filter((name) => changeableParameters.has(name));
  if (changed.length === 0)
    throw new SearchSpecError(
      ['space'],
      `population-based training needs a parameter that may change during a training; one of ${changeable}`,
    );
  return new Set(changed);
}
