import type { BudgetCut, PredictedRange, SweepPreview, SweepSpec } from '@fathom/contracts';
import type { DepthForecast, Forecast, Spent } from '@fathom/search';

/** Rungs that an answer has at the most; of a rule that stops trials at every epoch they are evenly chosen. */
const MAX_RUNGS = 50;
const HOUR = 3_600;

export interface PreviewFacts {
  readonly workers: SweepPreview['workers'];
  readonly measuredEpochs: number;
  /** Trials that there would be without budget.maxTrials. */
  readonly uncutTrials: number;
  readonly now: Date;
  readonly warnings: readonly string[];
}

/** The forecast as the API answers it. */
export function previewOf(spec: SweepSpec, forecast: Forecast, facts: PreviewFacts): SweepPreview {
  const { whole, depths } = forecast;
  const budget = cuts(spec, forecast, facts.uncutTrials);
  const ending = budget
    .filter(({ atSeconds }) => atSeconds !== null)
    .sort((a, b) => (a.atSeconds ?? 0) - (b.atSeconds ?? 0))[0];
  const seconds = ending?.atSeconds ?? forecast.seconds.expected;
  return {
    plannedTrials: forecast.plannedTrials,
    simulatedTrials: forecast.simulatedTrials,
    workers: facts.workers,
    cost: { measuredEpochs: facts.measuredEpochs, cheapestTrialSeconds: forecast.cheapestTrial },
    trials: {
      begun: whole.trials.created,
      completed: whole.trials.completed,
      stopped: whole.trials.stopped,
    },
    rungs: rungsOf(depths),
    depths: depths.map(({ depth, trials, completed, epochSeconds, deviceSeconds }) => ({
      depth,
      trials,
      completed,
      epochSeconds,
      deviceHours: hours(deviceSeconds),
    })),
    epochs: whole.epochs,
    epochsWithoutStopping: forecast.unscheduledEpochs,
    deviceHours: hours(forecast.deviceSeconds),
    seconds: forecast.seconds,
    budget,
    endsBy: ending === undefined || ending.limit === 'maxTrials' ? 'completion' : ending.limit,
    finishAt: new Date(facts.now.getTime() + 1_000 * seconds).toISOString(),
    warnings: [...facts.warnings],
  };
}

/** The epochs after which fewer trials go on, and the last. */
export function rungsOf(depths: readonly DepthForecast[]): SweepPreview['rungs'] {
  const epochs = Math.max(0, ...depths.map(({ trained }) => trained.length));
  const reach = (epoch: number) =>
    depths.flatMap(({ depth, trained }) => {
      const trials = trained[epoch - 1] ?? 0;
      return trials === 0 ? [] : [{ depth, trials }];
    });
  const all = Array.from({ length: epochs }, (_, index) => {
    const reached = reach(index + 1);
    return {
      epoch: index + 1,
      trials: reached.reduce((sum, { trials }) => sum + trials, 0),
      depths: reached,
    };
  });
  const falls = all.filter(({ trials }, index) => trials > 0 && trials > (all[index + 1]?.trials ?? 0));
  if (falls.length <= MAX_RUNGS) return falls;
  const step = (falls.length - 1) / (MAX_RUNGS - 1);
  return Array.from({ length: MAX_RUNGS }, (_, index) => falls[Math.round(index * step)]).filter(
    (rung) => rung !== undefined,
  );
}

function cuts({ budget }: SweepSpec, forecast: Forecast, uncutTrials: number): BudgetCut[] {
  const { whole, limits, plannedTrials } = forecast;
  const { maxTrials, maxWallClockSeconds, maxDeviceHours } = budget;
  const completedTrials = whole.trials.completed;
  const uncut = { isReached: false, cutTrials: 0, completedTrials, atSeconds: null };
  const cut = (spent: Spent | undefined) => {
    if (spent === undefined) return uncut;
    const { completed, stopped, failed } = spent.trials;
    const cutTrials = Math.max(0, whole.trials.created - completed - stopped - failed);
    return { isReached: true, cutTrials, completedTrials: completed, atSeconds: spent.seconds };
  };
  const found: BudgetCut[] = [];
  if (maxTrials !== undefined) {
    const cutTrials = Math.max(0, uncutTrials - plannedTrials);
    found.push({
      ...{ limit: 'maxTrials', given: maxTrials, needed: uncutTrials },
      ...{ ...uncut, isReached: cutTrials > 0, cutTrials },
    });
  }
  if (maxWallClockSeconds !== undefined)
    found.push({
      ...{ limit: 'maxWallClockSeconds', given: maxWallClockSeconds, needed: whole.seconds },
      ...cut(limits.seconds),
    });
  if (maxDeviceHours !== undefined)
    found.push({
      ...{ limit: 'maxDeviceHours', given: maxDeviceHours, needed: whole.deviceSeconds / HOUR },
      ...cut(limits.deviceSeconds),
    });
  return found;
}

const hours = ({ expected, low, high }: PredictedRange): PredictedRange => ({
  expected: expected / HOUR,
  low: low / HOUR,
  high: high / HOUR,
});
