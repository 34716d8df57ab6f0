import { conditionOf, type Domain, type ParameterName, type Space, type SweepSpec } from '@fathom/contracts';
import { ArchitectureError } from '@fathom/resnet';
import { configsOf, projectionOf, type PredictedSeconds } from '@fathom/search';
import type { EpochPredictor } from './fleet-costs';

/** What the time of a trial depends on. */
const costParameters: readonly ParameterName[] = [
  ...(['depth', 'variant', 'family', 'block', 'shortcut', 'width', 'stages'] as const),
  ...(['optimizer', 'batchSize', 'epochs', 'initialScale', 'fullSizeFraction', 'precision'] as const),
];
/** Of these whole numbers the cheapest is at an end of their range: the fewest epochs, the largest batch. */
const cheapestAtAnEnd: ReadonlySet<ParameterName> = new Set<ParameterName>(['batchSize', 'epochs']);
/** As many as there are networks whose costs are kept. */
const MAX_COMBINATIONS = 2_000;

/**
 * What no trial of the sweep falls below, from beginning to end: the least of all combinations of what a trial's time depends
 * on, of continuous ranges at their ends. Each number is the least by itself, for what is known best need not be what could
 * turn out cheapest. Constraints are left aside: they can only make the cheapest dearer.
 *
 * @returns undefined where there are more than {@link MAX_COMBINATIONS}
 */
export function cheapestTrial(spec: SweepSpec, epochSeconds: EpochPredictor): PredictedSeconds | undefined {
  const { recipe } = spec;
  const projection = projectionOf({ space: withEnds(spec.space), recipe }, costParameters);
  if (projection.size > MAX_COMBINATIONS) return undefined;
  const configOf = configsOf(spec);
  const least = { expected: Infinity, low: Infinity, high: Infinity };
  for (let index = 0; index < projection.size; index++) {
    const config = configOf(projection.at(index));
    const seconds = unlessImpossible(() => epochSeconds(config));
    if (seconds === undefined) continue;
    least.expected = Math.min(least.expected, config.epochs * seconds.expected);
    least.low = Math.min(least.low, config.epochs * seconds.low);
    least.high = Math.min(least.high, config.epochs * seconds.high);
  }
  return least;
}

/** Without the middle of ranges in which the cheapest is not. What others depend on keeps all of its values. */
function withEnds(space: Space): Space {
  const domains = Object.entries(space) as [ParameterName, Domain | undefined][];
  const parents = new Set(
    domains.flatMap(([, domain]) => Object.keys((domain && conditionOf(domain)) ?? {})),
  );
  const changed = domains.map(([name, domain]): [ParameterName, Domain | undefined] => {
    const isRange = domain !== undefined && !Array.isArray(domain) && 'min' in domain;
    if (!isRange || !cheapestAtAnEnd.has(name) || parents.has(name)) return [name, domain];
    const { min, max, when } = domain;
    return [name, { values: [min, max], ...(when && { when }) }];
  });
  return Object.fromEntries(changed);
}

/** Constraints may exclude networks that cannot be built. */
function unlessImpossible<T>(predict: () => T): T | undefined {
  try {
    return predict();
  } catch (error) {
    if (error instanceof ArchitectureError) return undefined;
    throw error;
  }
}
