import { datasetFacts, type SweepPreview, type SweepSpec } from '@fathom/contracts';
import { Forecasting, planSize, type Forecast } from '@fathom/search';
import type { Store } from '@fathom/store';
import type { Clock } from '../clock';
import { demandRunnable } from '../sweeps/demand-runnable';
import { refuse } from '../sweeps/refuse';
import type { ArchitectureCheck } from '../sweeps/runnable-rules';
import { networkCost } from '../sweeps/network-cost';
import { searchContextOf } from '../sweeps/search-context';
import { ASSUMED_IMAGES, budgetViolations, shortBudgets, trainImagesOf } from './budget-rule';
import { epochPredictor, fleetCosts, type FleetCosts } from './fleet-costs';
import { previewOf } from './preview-answer';

/** Seconds from the start of a training process to its first step, or from a checkpoint on; docs/benchmarks.md. */
const START_SECONDS = 3;
/** Reports after which other requests get a turn; some milliseconds. */
const SLICE = 500;

/** Says what a sweep would do. Reads, and writes nothing. */
export class PreviewService {
  /** @param fleetSize trials that could train at the same time now in these pools; 0 where there is no worker */
  constructor(
    private readonly store: Store,
    private readonly checkArchitecture: ArchitectureCheck,
    private readonly fleetSize: (pools: readonly string[]) => Promise<number>,
    private readonly clock: Clock,
  ) {}

  /**
   * @param workers absent: as many as there are now, at least 1
   * @throws ProblemError sweep-cannot-run like the submission of the same sweep
   */
  async preview(asked: SweepSpec, workers?: number): Promise<SweepPreview> {
    const spec = await demandRunnable(this.store, asked, this.checkArchitecture);
    const costs = await fleetCosts(this.store);
    refuse(budgetViolations(spec, costs));
    const found = workers === undefined ? await this.fleetSize(spec.pools) : 0;
    const count = workers ?? Math.max(1, found);
    const { trainImages } = trainImagesOf(spec, costs);
    const context = searchContextOf(spec);
    const { imageSize } = datasetFacts(spec.dataset);
    const epochSeconds = epochPredictor(costs, { dataset: spec.dataset, trainImages });
    const forecasting = new Forecasting(spec, {
      context,
      workers: count,
      startSeconds: START_SECONDS,
      epochSeconds,
      epochShare: (config, from, to) =>
        config.initialScale === 1
          ? 1
          : epochSeconds(config, from, to).expected / epochSeconds(config).expected,
      parameters: (config) => networkCost(config, imageSize).parameters,
    });
    while (forecasting.run(SLICE)) await new Promise(setImmediate);
    const source = workers !== undefined ? 'given' : found > 0 ? 'fleet' : 'assumed';
    const { maxTrials, ...rest } = spec.budget;
    const forecast = forecasting.result();
    return previewOf(spec, forecast, {
      workers: { count, source },
      measuredEpochs: costs.model.measured,
      uncutTrials: maxTrials === undefined ? 0 : uncut({ ...spec, budget: rest }),
      now: this.clock.now(),
      warnings: [
        ...warningsOf(spec, costs, forecast),
        ...standIn(spec, forecast.sampler),
        ...idleMedian(spec, forecast),
      ],
    });
  }
}

/** Without budget.maxTrials a plan may be larger than a sweep may be. */
const uncut = (spec: SweepSpec): number =>
  planSize(spec, searchContextOf(spec), { maxTrials: Number.POSITIVE_INFINITY });

const standIn = ({ search }: SweepSpec, sampler: string): string[] =>
  sampler === search.algorithm
    ? []
    : [`${search.algorithm} would take long here: ${sampler} draws stand in for it, as many at a time`];

/** Of a search that decides on the way it is not known before how many trials each depth will have. */
const idleMedian = (
  { scheduler }: SweepSpec,
  { whole, simulatedTrials, plannedTrials }: Forecast,
): string[] =>
  scheduler.algorithm === 'median' &&
  scheduler.compare === 'depth' &&
  simulatedTrials === plannedTrials &&
  whole.trials.stopped === 0
    ? [
        'median stops no trial here: trials are compared within their depth, and none is stopped before ' +
          `${String(scheduler.startupTrials)} of its own are complete; take fewer startupTrials, a smaller maxConcurrent or compare: all`,
      ]
    : [];

/** Of a budget it is asked whether any of the trials that were played would end, which may be fewer than could be. */
function warningsOf(spec: SweepSpec, costs: FleetCosts, forecast: Forecast): string[] {
  const warnings: string[] = [];
  if (costs.model.measured === 0)
    warnings.push(
      'nothing has been measured in this database yet: times are those of two CPU cores and may be thirty times less or more',
    );
  if (!trainImagesOf(spec, costs).isKnown)
    warnings.push(
      `the number of training images is not known before a worker opens the folder: ${String(ASSUMED_IMAGES)} are assumed`,
    );
  for (const { path, message } of shortBudgets(spec, forecast.cheapestTrial))
    warnings.push(`budget.${path}: ${message}`);
  return warnings;
}
