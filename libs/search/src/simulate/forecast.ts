import { ADAPTIVE_CONCURRENCY, objectivesOf, type SweepSpec, type TrainingConfig } from '@fathom/contracts';
import { configOf } from '../config-of';
import type { PredictedSeconds } from '../cost/cost-model';
import { maxEpochsOf } from '../epochs';
import type { SearchContext } from '../search-context';
import { createSearcher } from '../searcher';
import type { Configuration } from '../space/search-space';
import type { SimulationResult, Spent } from './fleet';
import { plausibleError, plausibleMetric } from './learning-curves';
import { Simulation } from './simulation';

/** What a forecast has to know of the world. */
export interface ForecastFacts {
  readonly context: SearchContext;
  /** Trials that train at the same time. */
  readonly workers: number;
  /** Of one epoch, the mean of all. */
  readonly epochSeconds: (config: TrainingConfig) => PredictedSeconds;
  /** Of the epochs after `from` up to and with `to`, in the mean, as a share of `epochSeconds`. Default 1. */
  readonly epochShare?: (config: TrainingConfig, from: number, to: number) => number;
  /** Trainable numbers. */
  readonly parameters: (config: TrainingConfig) => number;
  /** Seconds to begin a trial or go on from a checkpoint. */
  readonly startSeconds: number;
}

export interface DepthForecast {
  readonly depth: number;
  readonly trials: number;
  /** Mean over its trials. */
  readonly epochSeconds: PredictedSeconds;
  readonly deviceSeconds: PredictedSeconds;
  /** Trained to their end. */
  readonly completed: number;
  /** At index e: trials that train at least e + 1 epochs. */
  readonly trained: readonly number[];
}

export interface Forecast {
  readonly plannedTrials: number;
  /** Of these so many were simulated; the counts are theirs, scaled. */
  readonly simulatedTrials: number;
  /** That proposed the configurations here: the sweep's own, or random in its place. */
  readonly sampler: SweepSpec['search']['algorithm'];
  /** Without what the budget cuts. */
  readonly whole: Spent;
  readonly seconds: PredictedSeconds;
  readonly deviceSeconds: PredictedSeconds;
  /** Were every trial trained to its end, and there no scheduler. */
  readonly unscheduledEpochs: number;
  readonly depths: readonly DepthForecast[];
  /** What is done when the budget is used up; only budgets that are. */
  readonly limits: SimulationResult['limits'];
  /** Predicted seconds of the cheapest trial from beginning to end. */
  readonly cheapestTrial: PredictedSeconds;
}

/**
 * So many epochs are simulated one by one at the most, and so many exchanges of a population; of a larger sweep a part is,
 * and scaled up.
 */
const MAX_EPOCHS = 1_000_000;
const MAX_EXCHANGES = 20_000;
const MIN_SIMULATED = 100;
/** A sampler that learns proposes so many trials at the most here; beyond that random draws stand in for it. */
const MAX_LEARNT = { tpe: 100, gp: 30, 'cma-es': 400, 'nsga-ii': 400 } as const;

/**
 * What a sweep will do, by playing it: its own searcher, with the cost of its own trials, on a simulated fleet and
 * plausible learning curves. Curves decide which trials go on, the rules of the scheduler how many; only the number is
 * forecast.
 */
export class Forecasting {
  private readonly simulation: Simulation;
  private readonly plannedTrials: number;
  private readonly simulatedTrials: number;
  private readonly sums = new Map<number, { trials: number; expected: number; low: number; high: number }>();
  /** Parsed once for each trial. */
  private readonly configs = new WeakMap<Configuration, TrainingConfig>();
  private readonly search: SweepSpec['search'];
  private unscheduledEpochs = 0;
  private cheapest: PredictedSeconds = { expected: Infinity, low: Infinity, high: Infinity };

  /** @throws SearchSpecError like createSearcher */
  constructor(
    private readonly spec: SweepSpec,
    private readonly facts: ForecastFacts,
  ) {
    const { context, workers, startSeconds, epochShare } = facts;
    const { plannedTrials } = createSearcher(spec, context);
    this.plannedTrials = plannedTrials;
    const reports = looksAtEveryEpoch(spec) ? 'epochs' : 'segments';
    this.simulatedTrials = Math.min(plannedTrials, Math.max(MIN_SIMULATED, affordableTrials(spec, reports)));
    this.search = quickSearch(spec, plannedTrials);
    const { maxWallClockSeconds: seconds, maxDeviceHours } = spec.budget;
    const share = this.simulatedTrials / plannedTrials;
    const played = {
      ...spec,
      search: this.search,
      scheduler: scaledScheduler(spec, share),
      budget: { maxTrials: this.simulatedTrials },
    };
    const part = share < 1 ? { partOf: plannedTrials } : {};
    this.simulation = new Simulation(played, {
      searcher: createSearcher(played, context, undefined, part),
      workers,
      startSeconds,
      reports,
      curve: (values, epoch, trial) => this.objectivesOf(values, epoch, trial),
      epochSeconds: (values) => this.begun(values),
      ...(epochShare && {
        epochShare: (values, from, to) => epochShare(this.configOf(values), from, to),
      }),
      onAction: (action) => {
        // Clones replace trials of the plan.
        if (action.type === 'createTrial' && action.from === undefined)
          this.unscheduledEpochs += this.configOf(action.values).epochs;
      },
      groupOf: (values) => this.configOf(values).depth,
      limits: {
        ...(seconds === undefined ? {} : { seconds: seconds * share }),
        ...(maxDeviceHours === undefined ? {} : { deviceSeconds: 3_600 * maxDeviceHours * share }),
      },
    });
  }

  /** Goes on by so many reports, so that the caller may do other things in between. @returns whether there is more */
  run(reports = Infinity): boolean {
    return this.simulation.run(reports);
  }

  result(): Forecast {
    const result = this.simulation.result();
    const scale = this.plannedTrials / this.simulatedTrials;
    const depths = [...this.sums]
      .sort(([a], [b]) => a - b)
      .map(([depth, { trials, ...sum }]): DepthForecast => {
        const trainSeconds = result.trainSeconds.get(depth) ?? 0;
        return {
          depth,
          trials: Math.round(scale * trials),
          epochSeconds: scaled(sum, 1 / trials),
          deviceSeconds: scaled(sum, (scale * trainSeconds) / sum.expected),
          completed: Math.round(scale * (result.completed.get(depth) ?? 0)),
          trained: (result.trained.get(depth) ?? []).map((count) => Math.round(scale * count)),
        };
      });
    const total = [...depths].reduce(
      (sum, { deviceSeconds: { expected, low, high } }) => ({
        expected: sum.expected + expected,
        low: sum.low + low,
        high: sum.high + high,
      }),
      { expected: 0, low: 0, high: 0 },
    );
    const whole = grown(result, scale);
    // That a prediction is too low, it is for all trials alike: they have the fleet in common.
    const spread = (expected: number) => scaled(total, total.expected === 0 ? 0 : expected / total.expected);
    return {
      plannedTrials: this.plannedTrials,
      simulatedTrials: this.simulatedTrials,
      sampler: this.search.algorithm,
      whole,
      seconds: spread(whole.seconds),
      deviceSeconds: spread(whole.deviceSeconds),
      unscheduledEpochs: Math.round(scale * this.unscheduledEpochs),
      depths,
      limits: Object.fromEntries(
        Object.entries(result.limits).map(([name, spent]: [string, Spent]) => [name, grown(spent, scale)]),
      ),
      cheapestTrial: this.cheapest,
    };
  }

  private configOf(values: Configuration): TrainingConfig {
    let config = this.configs.get(values);
    if (config === undefined) this.configs.set(values, (config = configOf(this.spec, values)));
    return config;
  }

  private begun(values: Configuration): number {
    const config = this.configOf(values);
    const { expected, low, high } = this.facts.epochSeconds(config);
    const sum = this.sums.get(config.depth) ?? { trials: 0, expected: 0, low: 0, high: 0 };
    sum.trials++;
    sum.expected += expected;
    sum.low += low;
    sum.high += high;
    this.sums.set(config.depth, sum);
    if (config.epochs * expected < this.cheapest.expected)
      this.cheapest = scaled({ expected, low, high }, config.epochs);
    return expected;
  }

  private objectivesOf(values: Configuration, epoch: number, trial: number): number[] {
    const config = this.configOf(values);
    const error = plausibleError(
      config,
      epoch,
      config.epochs,
      trial,
      this.spec.search.algorithm === 'grid' ? 0 : this.spec.search.seed,
    );
    return objectivesOf(this.spec).map(({ metric }) =>
      plausibleMetric(metric, error, {
        trainSeconds: metric === 'trainSeconds' ? epoch * this.facts.epochSeconds(config).expected : 0,
        parameters: metric === 'parameters' ? this.facts.parameters(config) : 0,
      }),
    );
  }
}

const scaled = ({ expected, low, high }: PredictedSeconds, factor: number): PredictedSeconds => ({
  expected: factor * expected,
  low: factor * low,
  high: factor * high,
});

const grown = ({ seconds, deviceSeconds, epochs, trials }: Spent, scale: number): Spent => ({
  seconds: scale * seconds,
  deviceSeconds: scale * deviceSeconds,
  epochs: Math.round(scale * epochs),
  trials: {
    created: Math.round(scale * trials.created),
    completed: Math.round(scale * trials.completed),
    stopped: Math.round(scale * trials.stopped),
    failed: Math.round(scale * trials.failed),
  },
});

function affordableTrials(spec: SweepSpec, reports: 'epochs' | 'segments'): number {
  const epochs = maxEpochsOf(spec);
  if (spec.scheduler.algorithm === 'pbt')
    return Math.floor((MAX_EXCHANGES * spec.scheduler.intervalEpochs) / epochs);
  return reports === 'epochs' ? Math.floor(MAX_EPOCHS / epochs) : Infinity;
}

/** The trials that a part has to begin with are the same share of it. */
const scaledScheduler = ({ scheduler }: SweepSpec, share: number): SweepSpec['scheduler'] =>
  scheduler.algorithm === 'median'
    ? { ...scheduler, startupTrials: Math.max(1, Math.round(share * scheduler.startupTrials)) }
    : scheduler;

/** The others decide at the end of segments alone. */
function looksAtEveryEpoch({ scheduler }: SweepSpec): boolean {
  switch (scheduler.algorithm) {
    case 'asha-stopping':
    case 'median':
      return true;
    case 'asha':
    case 'hyperband':
      return scheduler.compare === 'curve';
    case 'run-all':
    case 'pbt':
      return false;
  }
}

/** Which configurations come hardly changes how many trials reach a rung; a model of a thousand trials takes minutes. */
function quickSearch({ search, warmStart }: SweepSpec, plannedTrials: number): SweepSpec['search'] {
  if (search.algorithm === 'grid' || search.algorithm === 'random' || search.algorithm === 'sobol')
    return search;
  const { trials, seed, maxConcurrent = ADAPTIVE_CONCURRENCY } = search;
  const known = plannedTrials + warmStart.trials.length;
  return known <= MAX_LEARNT[search.algorithm]
    ? search
    : { algorithm: 'random', trials, seed, maxConcurrent };
}
