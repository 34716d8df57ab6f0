import { datasetFacts, type SweepSpec, type Violation } from '@fathom/contracts';
import type { PredictedSeconds } from '@fathom/search';
import type { Store } from '@fathom/store';
import { cheapestTrial } from './cheapest-trial';
import { epochPredictor, fleetCosts, type FleetCosts } from './fleet-costs';

/** Of a folder that nobody has opened yet. */
export const ASSUMED_IMAGES = 50_000;

/** Training images of an epoch; `isKnown`: not merely assumed. */
export function trainImagesOf({ dataset }: Pick<SweepSpec, 'dataset'>, costs: FleetCosts) {
  const known = datasetFacts(dataset).trainImages ?? costs.trainImagesOf(dataset);
  return { trainImages: known ?? ASSUMED_IMAGES, isKnown: known !== undefined };
}

/**
 * A budget in which not even the cheapest trial would end. Refused where that is sure: the least that a trial may take, as
 * far as this fleet was measured, is more than the budget. A space with too many combinations to look at each is let pass.
 */
export function budgetViolations(spec: SweepSpec, costs: FleetCosts): Violation[] {
  const { trainImages, isKnown } = trainImagesOf(spec, costs);
  if (costs.model.measured === 0 || !isKnown) return [];
  const cheapest = cheapestTrial(spec, epochPredictor(costs, { dataset: spec.dataset, trainImages }));
  if (cheapest === undefined) return [];
  return shortBudgets(spec, cheapest)
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
