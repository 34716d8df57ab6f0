import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import { Forecasting, type ForecastFacts } from './forecast';

const base: SweepSpecInput = {
  name: 'a sweep',
  dataset: { kind: 'cifar10' },
  space: { depth: [8, 20], learningRate: { min: 0.01, max: 1, scale: 'log' } },
  search: { algorithm: 'random', trials: 81, seed: 1 },
  recipe: { epochs: 9 },
};
const facts: ForecastFacts = {
  context: { epochCost: ({ depth }) => depth },
  workers: 4,
  epochSeconds: ({ depth }) => ({ expected: depth, low: depth / 2, high: 3 * depth }),
  parameters: ({ depth }) => 1000 * depth,
  startSeconds: 0,
};
const forecastOf = (more: Partial<SweepSpecInput> = {}, other: Partial<ForecastFacts> = {}) => {
  const forecasting = new Forecasting(sweepSpecSchema.parse({ ...base, ...more }), { ...facts, ...other });
  forecasting.run();
  return forecasting.result();
};

describe('a forecast', () => {
  it('adds up what every trial takes', () => {
    const { depths, whole, deviceSeconds, seconds, unscheduledEpochs, limits, cheapestTrial } = forecastOf();
    expect(depths.reduce((sum, { trials }) => sum + trials, 0)).toBe(81);
    const expected = depths.reduce((sum, { trials, depth }) => sum + 9 * trials * depth, 0);
    expect(whole).toMatchObject({ epochs: 729, trials: { completed: 81 } });
    expect(unscheduledEpochs).toBe(729);
    expect(deviceSeconds.expected).toBeCloseTo(expected);
    expect(deviceSeconds.low).toBeCloseTo(expected / 2);
    expect(seconds.high).toBeCloseTo(3 * whole.seconds);
    expect(whole.seconds).toBeGreaterThan(expected / 4);
    expect(cheapestTrial).toEqual({ expected: 72, low: 36, high: 216 });
    expect(limits).toEqual({});
  });

  it('knows epochs that take less than others', () => {
    const scheduler = { algorithm: 'asha' } as const;
    const [even, uneven] = [{}, { epochShare: (_: unknown, from: number) => (from < 3 ? 0.5 : 1.25) }].map(
      (more) => forecastOf({ scheduler }, more),
    );
    expect(uneven?.whole.epochs).toBe(even?.whole.epochs);
    expect(uneven?.deviceSeconds.expected).toBeLessThan(0.9 * (even?.deviceSeconds.expected ?? 0));
    expect(uneven?.cheapestTrial).toEqual(even?.cheapestTrial);
  });

  it('says what there is when the budget is used up', () => {
    const { limits, whole } = forecastOf({ budget: { maxDeviceHours: 1, maxWallClockSeconds: 100 } });
    expect(limits.deviceSeconds?.deviceSeconds).toBeCloseTo(3_600);
    expect(limits.seconds).toMatchObject({ seconds: 100, deviceSeconds: 400 });
    expect(whole.trials.completed).toBe(81);
  });

  it('counts the trials that get to each rung', () => {
    const { depths, whole } = forecastOf({ scheduler: { algorithm: 'asha', compare: 'all' } });
    const reach = (epoch: number) => depths.reduce((sum, { trained }) => sum + (trained[epoch - 1] ?? 0), 0);
    expect(reach(1)).toBe(81);
    expect(reach(3)).toBeGreaterThanOrEqual(27);
    expect(reach(3)).toBeLessThan(45);
    expect(reach(9)).toBeGreaterThanOrEqual(9);
    expect(reach(9)).toBeLessThan(reach(3));
    expect(whole.epochs).toBeLessThan(729 / 2);
  });

  it('simulates a part of what is too much, and scales it', () => {
    const forecast = forecastOf({
      search: { algorithm: 'random', trials: 10_000, seed: 1 },
      scheduler: { algorithm: 'median' },
      recipe: { epochs: 1_000 },
    });
    expect(forecast).toMatchObject({ plannedTrials: 10_000, simulatedTrials: 1_000 });
    expect(forecast.whole.trials.created).toBe(10_000);
    expect(forecast.unscheduledEpochs).toBe(10_000_000);
  });

  it('simulates a part that is smaller than the number of trials median stopping waits for', () => {
    const forecast = forecastOf({
      search: { algorithm: 'random', trials: 500, seed: 1 },
      scheduler: { algorithm: 'median', startupTrials: 200, compare: 'all' },
      recipe: { epochs: 10_000 },
    });
    expect(forecast).toMatchObject({ plannedTrials: 500, simulatedTrials: 100 });
    expect(forecast.whole.trials.stopped).toBeGreaterThan(0);
  });

  it('simulates a part of a grid from all over it', () => {
    const depths = [8, 14, 20, 26, 32];
    const forecast = forecastOf({
      space: { depth: depths, learningRate: { min: 0.01, max: 1, points: 400 } },
      search: { algorithm: 'grid' },
      scheduler: { algorithm: 'median' },
      recipe: { epochs: 1_000 },
    });
    expect(forecast).toMatchObject({ plannedTrials: 2_000, simulatedTrials: 1_000, sampler: 'grid' });
    expect(forecast.depths.map(({ depth }) => depth)).toEqual(depths);
    for (const { trials } of forecast.depths) expect(Math.abs(trials - 400)).toBeLessThan(60);
  });

  it('simulates of a grid that the budget cuts a part of what is left', () => {
    const forecast = forecastOf({
      space: { depth: [8, 14, 20, 26, 32], learningRate: { min: 0.01, max: 1, points: 100 } },
      search: { algorithm: 'grid' },
      scheduler: { algorithm: 'pbt' },
      recipe: { epochs: 200 },
      budget: { maxTrials: 200 },
    });
    expect([forecast.plannedTrials, forecast.simulatedTrials]).toEqual([200, 100]);
    expect(forecast.depths.map(({ depth }) => depth)).toEqual([8, 14]);
  });

  it('counts by depth who is trained to the end, not to the last epoch that any of the depth got to', () => {
    const completed = ({ depths, whole }: ReturnType<typeof forecastOf>) => {
      expect(depths.reduce((sum, each) => sum + each.completed, 0)).toBe(whole.trials.completed);
      return depths.map((each) => each.completed);
    };
    const rungs = forecastOf({
      space: { depth: [8, 20, 56], learningRate: { min: 0.01, max: 1, scale: 'log' } },
      search: { algorithm: 'random', trials: 27, seed: 1 },
      recipe: { epochs: 27 },
      scheduler: { algorithm: 'asha', compare: 'all' },
    });
    expect(completed(rungs)).not.toEqual(rungs.depths.map(({ trained }) => trained.at(-1)));
    const all = forecastOf({
      space: { depth: [8, 20], epochs: [1, 10], seed: [1, 2] },
      search: { algorithm: 'grid' },
      recipe: {},
    });
    expect(completed(all)).toEqual([4, 4]);
  });

  it('simulates a part of a large population, clones included', () => {
    const { plannedTrials, simulatedTrials, whole, unscheduledEpochs } = forecastOf({
      search: { algorithm: 'random', trials: 10_000, seed: 1 },
      scheduler: { algorithm: 'pbt' },
      recipe: { epochs: 50 },
    });
    expect([plannedTrials, simulatedTrials]).toEqual([10_000, 400]);
    expect(whole.trials.created).toBeGreaterThan(10_000);
    expect(unscheduledEpochs).toBe(500_000);
  });

  it.each([
    ['tpe', 40, 'tpe'],
    ['tpe', 101, 'random'],
    ['gp', 1_000, 'random'],
    ['nsga-ii', 1_000, 'random'],
  ] as const)('does not wait for the model of %s over %i trials', (algorithm, trials, sampler) => {
    const more = algorithm === 'nsga-ii' ? { furtherObjectives: [{ metric: 'parameters' as const }] } : {};
    const forecast = forecastOf({ ...more, search: { algorithm, trials, seed: 1 } });
    expect(forecast.sampler).toBe(sampler);
    expect(forecast.whole.trials.completed).toBe(trials);
  });

  it('knows every objective', () => {
    const { whole } = forecastOf({
      objective: { metric: 'validationLoss' },
      furtherObjectives: [{ metric: 'parameters' }, { metric: 'trainSeconds' }, { metric: 'trainLoss' }],
      scheduler: { algorithm: 'asha' },
    });
    expect(whole.trials.created).toBe(81);
  });
});
