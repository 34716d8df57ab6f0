import {
  sweepMetrics,
  trialStateSchema,
  isSweepEnded,
  type LabelOf,
  type PredictedRange,
} from '@fathom/contracts';
import type { Sample } from '@fathom/runtime';
import type { MonitoredSweep, TrialGroup } from '@fathom/store';
import type { DecisionCounts } from './decision-tally';

type SweepMetrics = typeof sweepMetrics;
export type SweepMetric = keyof SweepMetrics;

/** What is known of a sweep at the moment. */
export interface SweepFacts {
  readonly sweep: MonitoredSweep;
  readonly decisions: DecisionCounts | undefined;
  readonly forecast: PredictedRange | undefined;
  /** Seconds since 1970; undefined: another coordinator leads. */
  readonly lastReport: number | undefined;
}

type SamplesOf<K extends SweepMetric> = readonly Sample<
  Exclude<LabelOf<SweepMetrics[K]>, 'sweep_id' | 'sweep'>
>[];

/** How each metric of a sweep follows from the facts; labels without those of the sweep itself. */
export const sweepSeries: { readonly [K in SweepMetric]: (facts: SweepFacts) => SamplesOf<K> } = {
  info: ({ sweep: { state } }) => [{ labels: { state }, value: 1 }],
  trials: ({ sweep: { groups } }) =>
    trialStateSchema.options.map((state) => ({
      labels: { state },
      value: total(groups.filter((group) => group.state === state)),
    })),
  plannedTrials: ({ sweep }) => one(sweep.plannedTrials),
  progress: ({ sweep }) => one(sweep.progress),
  bestObjective: ({ sweep: { objective, groups } }) => {
    const best = bestOf(groups, objective.goal);
    return best === undefined ? [] : [{ labels: { metric: objective.metric }, value: best }];
  },
  depthObjective: ({ sweep: { objective, groups } }) =>
    byDepth(groups, (ofDepth) => ({
      best: bestOf(ofDepth, objective.goal),
      mean: mean(ofDepth, 'sum', 'measured'),
    })),
  depthTestError: ({ sweep: { groups } }) =>
    byDepth(groups, (ofDepth) => ({
      best: extreme(ofDepth, 'testErrorMin', Math.min),
      mean: mean(ofDepth, 'testErrorSum', 'tested'),
    })),
  rungTrials: ({ sweep: { groups } }) =>
    (['queued', 'running', 'paused'] as const).flatMap((state) => {
      const ofState = groups.filter((group) => group.state === state);
      return [...new Set(ofState.map(({ untilEpoch }) => untilEpoch))].map((epoch) => ({
        labels: { rung: rungOf(epoch), state },
        value: total(ofState.filter(({ untilEpoch }) => untilEpoch === epoch)),
      }));
    }),
  promotions: ({ decisions }) =>
    // A line at zero says that none was; one that is missing would say that nobody knows.
    [...new Map([[null, 0], ...(decisions?.promotions ?? [])])].map(([epoch, value]) => ({
      labels: { rung: rungOf(epoch) },
      value,
    })),
  decisions: ({ decisions }) =>
    [...(decisions?.byAction ?? [])].map(([action, value]) => ({ labels: { action }, value })),
  deviceSeconds: ({ sweep }) => one(sweep.deviceSeconds),
  deviceSecondsBudget: ({ sweep: { budget } }) =>
    budget.maxDeviceHours === undefined ? [] : one(budget.maxDeviceHours * 3_600),
  deviceSecondsForecast: ({ forecast }) =>
    forecast === undefined
      ? []
      : (['expected', 'low', 'high'] as const).map((bound) => ({
          labels: { bound },
          value: forecast[bound],
        })),
  budgetUsed: ({ sweep: { state, budget, ageSeconds, deviceSeconds } }) => {
    const used = {
      maxWallClockSeconds: ageSeconds / (budget.maxWallClockSeconds ?? NaN),
      maxDeviceHours: deviceSeconds / 3_600 / (budget.maxDeviceHours ?? NaN),
    };
    return Object.entries(isSweepEnded(state) ? {} : used)
      .filter(([, value]) => !Number.isNaN(value))
      .map(([limit, value]) => ({ labels: { limit }, value }));
  },
  lastReport: ({ sweep, lastReport }) =>
    sweep.state === 'running' && lastReport !== undefined ? one(lastReport) : [],
};

const one = (value: number): Sample<never>[] => [{ labels: {}, value }];

const rungOf = (epoch: number | null): string => (epoch === null ? 'end' : String(epoch));

const total = (groups: readonly TrialGroup[]): number => groups.reduce((sum, { trials }) => sum + trials, 0);

const bestOf = (groups: readonly TrialGroup[], goal: 'minimize' | 'maximize'): number | undefined =>
  goal === 'minimize' ? extreme(groups, 'min', Math.min) : extreme(groups, 'max', Math.max);

function extreme(
  groups: readonly TrialGroup[],
  field: 'min' | 'max' | 'testErrorMin',
  choose: (...values: number[]) => number,
): number | undefined {
  const values = groups.map((group) => group[field]).filter((value) => value !== null);
  return values.length === 0 ? undefined : choose(...values);
}

function mean(
  groups: readonly TrialGroup[],
  sum: 'sum' | 'testErrorSum',
  count: 'measured' | 'tested',
): number | undefined {
  const number = groups.reduce((all, group) => all + group[count], 0);
  return number === 0 ? undefined : groups.reduce((all, group) => all + (group[sum] ?? 0), 0) / number;
}

function byDepth(
  groups: readonly TrialGroup[],
  statistics: (ofDepth: readonly TrialGroup[]) => Record<'best' | 'mean', number | undefined>,
): Sample<'depth' | 'variant' | 'statistic'>[] {
  const keys = new Map(
    groups.map(({ depth, variant }) => [`${String(depth)} ${variant}`, { depth, variant }]),
  );
  return [...keys.values()].flatMap(({ depth, variant }) =>
    Object.entries(
      statistics(groups.filter((group) => group.depth === depth && group.variant === variant)),
    ).flatMap(([statistic, value]) =>
      value === undefined ? [] : [{ labels: { depth: String(depth), variant, statistic }, value }],
    ),
  );
}
