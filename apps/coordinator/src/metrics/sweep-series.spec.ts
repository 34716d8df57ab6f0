import type { MonitoredSweep, TrialGroup } from '@fathom/store';
import { sweepSeries, type SweepFacts } from './sweep-series';

const aGroup = (overrides: Partial<TrialGroup> = {}): TrialGroup => ({
  state: 'completed',
  depth: 8,
  variant: 'residual',
  untilEpoch: null,
  trials: 2,
  epochs: 8,
  epochsDone: 8,
  measured: 2,
  sum: 0.6,
  min: 0.2,
  max: 0.4,
  tested: 2,
  testErrorSum: 0.8,
  testErrorMin: 0.3,
  ...overrides,
});
const nothingMeasured = {
  measured: 0,
  sum: null,
  min: null,
  max: null,
  tested: 0,
  testErrorSum: null,
  testErrorMin: null,
};

const facts = (sweep: Partial<MonitoredSweep> = {}, others: Partial<SweepFacts> = {}): SweepFacts => ({
  sweep: {
    id: 'id',
    name: 'depth',
    state: 'running',
    plannedTrials: 4,
    objective: { metric: 'validationError', goal: 'minimize' },
    budget: {},
    ageSeconds: 100,
    deviceSeconds: 3_600,
    progress: 0.5,
    groups: [aGroup()],
    ...sweep,
  },
  decisions: undefined,
  forecast: undefined,
  lastReport: undefined,
  ...others,
});

describe('the series of a sweep', () => {
  it('have every state of trials, also those that none is in', () => {
    const found = sweepSeries.trials(facts({ groups: [aGroup(), aGroup({ depth: 14, trials: 3 })] }));
    expect(found.find(({ labels }) => labels.state === 'completed')?.value).toBe(5);
    expect(found.find(({ labels }) => labels.state === 'failed')?.value).toBe(0);
  });

  it('take the best by the goal of the objective, over groups and depths', () => {
    const groups = [
      aGroup(),
      aGroup({ state: 'running', min: 0.1, max: 0.9 }),
      aGroup({ depth: 14, ...nothingMeasured }),
    ];
    expect(sweepSeries.bestObjective(facts({ groups }))).toEqual([
      { labels: { metric: 'validationError' }, value: 0.1 },
    ]);
    const objective = { metric: 'parameters', goal: 'maximize' } as const;
    expect(sweepSeries.bestObjective(facts({ groups, objective }))[0]?.value).toBe(0.9);
    expect(sweepSeries.bestObjective(facts({ groups: [aGroup(nothingMeasured)] }))).toEqual([]);
  });

  it('take means over trials and not over groups, and leave out depths of which nothing is known', () => {
    const groups = [
      aGroup({ measured: 3, sum: 0.6 }),
      aGroup({ state: 'running', measured: 1, sum: 1 }),
      aGroup({ depth: 14, variant: 'plain', ...nothingMeasured }),
    ];
    const means = sweepSeries
      .depthObjective(facts({ groups }))
      .filter(({ labels }) => labels.statistic === 'mean');
    expect(means).toEqual([{ labels: { depth: '8', variant: 'residual', statistic: 'mean' }, value: 0.4 }]);
    expect(sweepSeries.depthTestError(facts()).map(({ labels, value }) => [labels.statistic, value])).toEqual(
      [
        ['best', 0.3],
        ['mean', 0.4],
      ],
    );
  });

  it('put trials that have not ended at the rung they train to', () => {
    const groups = [
      aGroup(),
      aGroup({ state: 'paused', untilEpoch: 3 }),
      aGroup({ state: 'paused', untilEpoch: 3, depth: 14 }),
      aGroup({ state: 'running', untilEpoch: null, trials: 1 }),
    ];
    expect(sweepSeries.rungTrials(facts({ groups }))).toEqual([
      { labels: { rung: 'end', state: 'running' }, value: 1 },
      { labels: { rung: '3', state: 'paused' }, value: 4 },
    ]);
  });

  it('say of a scheduler that lets none go on that none was', () => {
    expect(sweepSeries.promotions(facts())).toEqual([{ labels: { rung: 'end' }, value: 0 }]);
    const decisions = {
      byAction: new Map(),
      promotions: new Map([
        [9, 2],
        [null, 1],
      ]),
    };
    expect(sweepSeries.promotions(facts({}, { decisions }))).toEqual([
      { labels: { rung: 'end' }, value: 1 },
      { labels: { rung: '9' }, value: 2 },
    ]);
  });

  it('have a budget only where the sweep has one, and no share of it after the end', () => {
    expect(sweepSeries.budgetUsed(facts())).toEqual([]);
    expect(sweepSeries.deviceSecondsBudget(facts())).toEqual([]);
    const budget = { maxDeviceHours: 4, maxWallClockSeconds: 200 };
    expect(sweepSeries.deviceSecondsBudget(facts({ budget }))[0]?.value).toBe(14_400);
    expect(sweepSeries.budgetUsed(facts({ budget }))).toEqual([
      { labels: { limit: 'maxWallClockSeconds' }, value: 0.5 },
      { labels: { limit: 'maxDeviceHours' }, value: 0.25 },
    ]);
    expect(sweepSeries.budgetUsed(facts({ budget, state: 'completed' }))).toEqual([]);
  });

  it('have the time of the last report only of a sweep that runs, from the one that leads', () => {
    expect(sweepSeries.lastReport(facts())).toEqual([]);
    expect(sweepSeries.lastReport(facts({}, { lastReport: 5 }))).toEqual([{ labels: {}, value: 5 }]);
    expect(sweepSeries.lastReport(facts({ state: 'paused' }, { lastReport: 5 }))).toEqual([]);
  });
});
