import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import { SearchSpace } from '../space/search-space';
import { bestSoFar } from './best-so-far';
import { depthTable, type DepthResult } from './depth-table';
import { parallelCoordinates } from './parallel-coordinates';
import { paretoSet } from './pareto-set';
import type { TrialResult } from './trial-result';

const specOf = (overrides: Partial<SweepSpecInput> = {}) =>
  sweepSpecSchema.parse({
    name: 'analysis',
    dataset: { kind: 'shapes' },
    search: { algorithm: 'random', trials: 10 },
    space: { depth: [8, 14] },
    ...overrides,
  });

const trial = (
  number: number,
  objectives: (number | null)[],
  overrides: Partial<TrialResult> = {},
): TrialResult => ({
  id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  number,
  state: 'completed',
  config: { depth: 8 },
  objectives,
  endedAt: 1_000 * number,
  ...overrides,
});

describe('bestSoFar', () => {
  it('steps down in the order in which trials ended', () => {
    const results = [
      trial(1, [0.3], { endedAt: 9_000 }),
      trial(2, [0.5], { endedAt: 2_000 }),
      trial(3, [0.4], { endedAt: 5_000, state: 'stopped' }),
      trial(4, [0.45], { endedAt: 6_000 }),
    ];
    const { trials, points } = bestSoFar(specOf(), results, 0, 1_000);
    expect(trials).toBe(4);
    expect(points).toEqual([
      expect.objectContaining({ number: 2, value: 0.5, ended: 1, seconds: 1, state: 'completed' }),
      expect.objectContaining({ number: 3, value: 0.4, ended: 2, seconds: 4, state: 'stopped' }),
      expect.objectContaining({
        number: 1,
        value: 0.3,
        ended: 4,
        seconds: 8,
        endedAt: '1970-01-01T00:00:09.000Z',
      }),
    ]);
  });

  it('goes up for an objective that is to be maximised, and takes the first of equal ones', () => {
    const spec = specOf({ furtherObjectives: [{ metric: 'parameters', goal: 'maximize' }] });
    const at = { endedAt: 3_000 };
    const results = [trial(3, [0.1, 7], at), trial(2, [0.1, 7], at), trial(1, [0.1, 9], { endedAt: 4_000 })];
    expect(bestSoFar(spec, results, 1, 0).points.map(({ number, value }) => [number, value])).toEqual([
      [2, 7],
      [1, 9],
    ]);
  });

  it('leaves out what has no number, and knows nothing of no trials', () => {
    expect(bestSoFar(specOf(), [trial(1, [null]), trial(2, [NaN]), trial(3, [])], 0, 0)).toEqual({
      trials: 0,
      points: [],
    });
  });
});

describe('paretoSet', () => {
  const spec = specOf({
    space: {
      depth: [8, 14],
      optimizer: ['sgd', 'adamw'],
      momentum: { min: 0, max: 0.9, when: { optimizer: ['sgd'] } },
    },
    furtherObjectives: [{ metric: 'trainSeconds' }],
  });
  const space = new SearchSpace(spec);

  it('holds what no other beats in both, equal ones too, with the active parameters only', () => {
    const config = { depth: 14, optimizer: 'adamw', momentum: 0.9 } as const;
    const results = [
      trial(1, [0.3, 10]),
      trial(2, [0.2, 20], { config }),
      trial(3, [0.25, 25]),
      trial(4, [0.3, 10]),
      trial(5, [0.1, null]),
    ];
    const { trials, points } = paretoSet(space, spec, results);
    expect(trials).toBe(4);
    expect(points.map(({ number }) => number)).toEqual([2, 1, 4]);
    expect(points[0]).toMatchObject({ objectives: [0.2, 20], values: { depth: 14, optimizer: 'adamw' } });
    expect(points[0]?.values).not.toHaveProperty('momentum');
  });

  it('is the best trial where there is one objective', () => {
    const one = specOf();
    const { points } = paretoSet(new SearchSpace(one), one, [
      trial(1, [0.3]),
      trial(2, [0.2]),
      trial(3, [0.4]),
    ]);
    expect(points.map(({ number }) => number)).toEqual([2]);
  });
});

describe('parallelCoordinates', () => {
  it('has an axis for each parameter and objective, and a line for each trial', () => {
    const spec = specOf({
      space: {
        depth: [8, 14],
        optimizer: ['sgd', 'adamw'],
        learningRate: { min: 1e-3, max: 1e-1, scale: 'log' },
        batchSize: { min: 32, max: 100, step: 32 },
        momentum: { min: 0, max: 0.9, when: { optimizer: ['sgd'] } },
      },
      furtherObjectives: [{ metric: 'trainSeconds' }, { metric: 'testLoss', goal: 'maximize' }],
    });
    const config = { depth: 8, optimizer: 'sgd', learningRate: 1e-2, batchSize: 64, momentum: 0.5 } as const;
    const { axes, rows } = parallelCoordinates(new SearchSpace(spec), spec, [
      trial(1, [0.3, 2, null], { config }),
      trial(2, [0.2, 400, null], { state: 'stopped', config: { ...config, optimizer: 'adamw' } }),
    ]);
    const named = (axis: (typeof axes)[number]) => (axis.kind === 'objective' ? axis.metric : axis.parameter);
    const at = (name: string) => axes.findIndex((axis) => named(axis) === name);
    expect(axes.map((axis) => ({ ...axis }))).toEqual(
      expect.arrayContaining([
        { kind: 'categorical', parameter: 'depth', values: [8, 14] },
        { kind: 'float', parameter: 'learningRate', min: 1e-3, max: 1e-1, scale: 'log' },
        { kind: 'integer', parameter: 'batchSize', min: 32, max: 96, scale: 'linear' },
        { kind: 'float', parameter: 'momentum', min: 0, max: 0.9, scale: 'linear' },
        {
          kind: 'objective',
          metric: 'validationError',
          goal: 'minimize',
          min: 0.2,
          max: 0.3,
          scale: 'linear',
        },
        { kind: 'objective', metric: 'trainSeconds', goal: 'minimize', min: 2, max: 400, scale: 'log' },
        { kind: 'objective', metric: 'testLoss', goal: 'maximize', min: null, max: null, scale: 'linear' },
      ]),
    );
    expect(rows.map(({ number, state }) => [number, state])).toEqual([
      [1, 'completed'],
      [2, 'stopped'],
    ]);
    for (const { values } of rows) expect(values).toHaveLength(axes.length);
    expect(rows.map(({ values }) => values[at('momentum')])).toEqual([0.5, null]);
    expect(rows.map(({ values }) => values[at('trainSeconds')])).toEqual([2, 400]);
    expect(rows[0]?.values[at('testLoss')]).toBeNull();
  });
});

describe('depthTable', () => {
  const spec = specOf({
    space: { depth: [8, 14], variant: ['residual', 'plain'], learningRate: [0.1, 0.2], seed: [0, 1, 2] },
  });
  const space = new SearchSpace(spec);
  const result = (
    number: number,
    [depth, variant, learningRate, seed]: [number, DepthResult['variant'], number, number],
    validationError: number,
    testError: number,
  ): DepthResult => ({
    number,
    depth,
    variant,
    config: { depth, variant, learningRate, seed },
    objectives: [validationError],
    testError,
    validationError,
    trainSeconds: 10 * number,
    parameters: depth,
  });
  const results = [
    result(1, [14, 'plain', 0.1, 0], 0.5, 0.5),
    result(2, [8, 'residual', 0.1, 0], 0.3, 0.2),
    result(3, [8, 'residual', 0.1, 1], 0.4, 0.3),
    // Worse on the test set, but better by the objective, which is what a configuration is chosen by.
    result(4, [8, 'residual', 0.2, 0], 0.2, 0.4),
    result(5, [8, 'residual', 0.2, 1], 0.2, 0.5),
    result(6, [8, 'plain', 0.1, 2], 0.6, 0.7),
    result(7, [14, 'plain', 0.2, 2], 0.5, 0.4),
  ];
  const { rows } = depthTable(space, spec, results);

  it('has a row for each depth and variant, shallow and residual first', () => {
    expect(
      rows.map(({ depth, variant, trials, configurations }) => [depth, variant, trials, configurations]),
    ).toEqual([
      [8, 'residual', 4, 2],
      [8, 'plain', 1, 1],
      [14, 'plain', 2, 2],
    ]);
  });

  it('has mean, spread and interval over all trials of the row', () => {
    const [first, second] = rows;
    expect(first?.meanTestError).toBeCloseTo(0.35, 12);
    expect(first?.stdTestError).toBeCloseTo(Math.sqrt(0.05 / 3), 12);
    // t(0.975, 3) = 3.1824463052837078
    const half = (3.1824463052837078 * Math.sqrt(0.05 / 3)) / 2;
    expect(first?.intervalTestError?.low).toBeCloseTo(0.35 - half, 8);
    expect(first?.intervalTestError?.high).toBeCloseTo(0.35 + half, 8);
    expect(first).toMatchObject({ meanTrainSeconds: 35, parameters: 8 });
    expect(second).toMatchObject({ meanTestError: 0.7, stdTestError: null, intervalTestError: null });
  });

  it('has the best configuration over its seeds, chosen by the objective, the first of equal ones', () => {
    const [first, , third] = rows;
    expect(first?.best).toMatchObject({
      values: { depth: 8, variant: 'residual', learningRate: 0.2 },
      trials: [4, 5],
      meanTestError: 0.45,
    });
    expect(first?.best.values).not.toHaveProperty('seed');
    expect(first?.best.stdTestError).toBeCloseTo(Math.SQRT1_2 / 10, 12);
    expect(third?.best).toMatchObject({ trials: [1], stdTestError: null });
  });

  it('chooses the highest of an objective that is to be maximised', () => {
    const maximized = { ...spec, objective: { metric: 'validationError', goal: 'maximize' } as const };
    expect(depthTable(space, maximized, results).rows[0]?.best.trials).toEqual([2, 3]);
  });

  it('has no row for no trials', () => expect(depthTable(space, spec, [])).toEqual({ rows: [] }));
});
