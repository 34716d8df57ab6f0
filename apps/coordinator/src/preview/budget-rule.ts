import { datasetFacts, type SweepSpec, type Violation } from '@fathom/contracts';
import { configOf, spaceOf, type PredictedSeconds } from '@fathom/search';
import type { Store } from '@fathom/store';
import { epochPredictor, fleetCosts, type FleetCosts } from './fleet-costs';

/** Of a folder that nobody has opened yet. */
export const ASSUMED_IMAGES = 50_000;
/** Configurations among which the cheapest is looked for. */
const LOOKED_AT = 200;

/** Training images of an epoch; `isKnown`: not merely assumed. */
export function trainImagesOf({ dataset }: Pick<SweepSpec, 'dataset'>, costs: FleetCosts) {
  const known = datasetFacts(dataset).trainImages ?? costs.trainImagesOf(dataset);
  return { trainImages: known ?? ASSUMED_IMAGES, isKnown: known !== undefined };
}

/** What the cheapest of the sweep's trials takes from beginning to end, among {@link LOOKED_AT} of its space. */
export function cheapestTrial(spec: SweepSpec, costs: FleetCosts): PredictedSeconds {
  const space = spaceOf(spec);
  const isListed = space.size <= LOOKED_AT;
  const { trainImages } = trainImagesOf(spec, costs);
  const epochSeconds = epochPredictor(costs, { dataset: spec.dataset, trainImages });
  const uniform = lattice();
  const predictions = Array.from({ length: isListed ? space.size : LOOKED_AT }, (_, index) => {
    const config = configOf(spec, isListed ? space.at(index) : space.draw(uniform));
    const { expected, low, high } = epochSeconds(config);
    const { epochs } = config;
    return { expected: epochs * expected, low: epochs * low, high: epochs * high };
  });
  return predictions.reduce((a, b) => (b.expected < a.expected ? b : a));
}

/**
 * A budget in which not even the cheapest trial would end. Refused where that is sure: the least that the trial may
 * take, as far as this fleet was measured, is more than the budget.
 */
export function budgetViolations(spec: SweepSpec, costs: FleetCosts): Violation[] {
  if (costs.model.measured === 0 || !trainImagesOf(spec, costs).isKnown) return [];
  return shortBudgets(spec, cheapestTrial(spec, costs))
    .filter(({ given, least }) => given < least)
    .map(({ path, message }) => ({ path: `$.budget.${path}`, rule: 'budget', message }));
}

/** Nothing is read from the database where the sweep has no such budget. */
export async function checkBudget(store: Store, spec: SweepSpec): Promise<Violation[]> {
  const { maxDeviceHours, maxWallClockSeconds } = spec.budget;
  if (maxDeviceHours === undefined && maxWallClockSeconds === undefined) return [];
  return budgetViolations(spec, await fleetCosts(store));
}

/** Budgets below what the cheapest trial is expected to take. */
export function shortBudgets({ budget }: SweepSpec, { expected, low }: PredictedSeconds) {
  const limits = [
    { path: 'maxDeviceHours', given: budget.maxDeviceHours, unit: 'device hours', seconds: 3_600 },
    { path: 'maxWallClockSeconds', given: budget.maxWallClockSeconds, unit: 'seconds', seconds: 1 },
  ] as const;
  return limits.flatMap(({ path, given, unit, seconds }) => {
    const predicted = expected / seconds;
    if (given === undefined || given >= predicted) return [];
    const number = (value: number) => String(Number(value.toPrecision(3)));
    const message =
      `the cheapest trial is predicted to take ${number(predicted)} ${unit} ` +
      `(${number(low / seconds)} at the least), given ${String(given)}; no trial would end`;
    return [{ path, given, least: low / seconds, message }];
  });
}

/** 0 <= u < 1, evenly spread, the same each time: multiples of the golden ratio (an additive recurrence). */
function lattice(): () => number {
  let u = 0;
  return () => (u = (u + 0.618_033_988_749_894_9) % 1);
}
