import { randomUUID } from 'node:crypto';
import {
  bestSoFarSchema,
  depthTableSchema,
  importanceSchema,
  parallelCoordinatesSchema,
  paretoSetSchema,
  type Problem,
} from '@fathom/contracts';
import { aSweepSpec, aTrainingConfig, finalMetrics } from '@fathom/testkit';
import { insertPastSweep, type PastTrial } from '../testing/past-trials';
import { useCoordinator } from '../testing/use-coordinator';

const begun = new Date('2026-01-01T00:00:00.000Z');
const TRIALS = 10_000;
/** So far above what it takes that only another order of growth breaks it. */
const MAX_MS = 3_000;

const spec = aSweepSpec({
  space: {
    depth: [8, 14, 20, 26],
    variant: ['residual', 'plain'],
    learningRate: { min: 1e-3, max: 1, scale: 'log' },
    optimizer: ['sgd', 'adamw'],
    momentum: { min: 0, max: 0.99, when: { optimizer: ['sgd'] } },
    weightDecay: { min: 0, max: 1e-3 },
    seed: { min: 0, max: 4 },
  },
  search: { algorithm: 'random', trials: TRIALS },
  furtherObjectives: [{ metric: 'trainSeconds' }, { metric: 'parameters' }],
  recipe: {},
});

/** Fractions that fill 0 to 1 evenly. */
const u = (i: number, k: number) => (i * Math.sqrt([2, 3, 5, 7, 11, 13, 17][k]!)) % 1;

function pastTrial(number: number): PastTrial {
  const config = aTrainingConfig({
    depth: [8, 14, 20, 26][Math.floor(4 * u(number, 0))]!,
    variant: u(number, 1) < 0.5 ? 'residual' : 'plain',
    learningRate: 10 ** (-3 + 3 * u(number, 2)),
    optimizer: u(number, 3) < 0.5 ? 'sgd' : 'adamw',
    momentum: 0.99 * u(number, 4),
    weightDecay: 1e-3 * u(number, 5),
    seed: Math.floor(5 * u(number, 6)),
  });
  const validationError = Math.min(
    1,
    0.1 + 0.1 * (Math.log10(config.learningRate) + 1.5) ** 2 + 1 / config.depth,
  );
  const trainSeconds = config.depth * (1 + u(number, 4));
  const parameters = config.depth * 10_000;
  const state = number % 10 === 0 ? 'stopped' : 'completed';
  const confusion = Array.from({ length: 10 }, () => Array.from({ length: 10 }, (_, j) => 10 * j));
  return {
    number,
    state,
    config,
    objectives: [validationError, trainSeconds, parameters],
    metrics:
      state === 'stopped'
        ? null
        : finalMetrics({ validationError, testError: validationError, trainSeconds, parameters, confusion }),
    endedAt: new Date(begun.getTime() + 1_000 * number),
  };
}

describe('analysis of a sweep', () => {
  const api = useCoordinator();
  const insert = (overrides: Partial<typeof spec>, trials: readonly PastTrial[]) => {
    const { databaseUrl } = api.options();
    return insertPastSweep(
      { store: api.coordinator.http.store, databaseUrl },
      { ...spec, ...overrides },
      begun,
      trials,
    );
  };
  const get = async <T>(schema: { parse(value: unknown): T }, path: string) => {
    const { status, body, ms } = await api.get(path);
    expect({ status, body: status === 200 ? '' : body }).toEqual({ status: 200, body: '' });
    return { answer: schema.parse(body), ms };
  };

  describe('of ten thousand trials', () => {
    let path = '';
    beforeAll(async () => {
      const id = await insert(
        {},
        Array.from({ length: TRIALS }, (_, i) => pastTrial(i + 1)),
      );
      path = `/v1/sweeps/${id}`;
    });

    it('tells what matters, by the completed ones', async () => {
      const { answer, ms } = await get(importanceSchema, `${path}/analysis/importance`);
      expect(answer).toMatchObject({
        objective: { metric: 'validationError' },
        trials: 9_000,
        bestTrials: 900,
      });
      expect(answer.parameters.map(({ parameter }) => parameter).slice(0, 2)).toEqual([
        'learningRate',
        'depth',
      ]);
      expect(answer.parameters.reduce((sum, { importance }) => sum + importance, 0)).toBeCloseTo(1, 12);
      const momentum = answer.parameters.find(({ parameter }) => parameter === 'momentum');
      expect(momentum?.trials).toBeGreaterThan(4_000);
      expect(momentum?.trials).toBeLessThan(5_000);
      expect(ms).toBeLessThan(MAX_MS);
    });

    it('tells it of another objective', async () => {
      const { answer } = await get(importanceSchema, `${path}/analysis/importance?objective=parameters`);
      expect(answer.objective.metric).toBe('parameters');
      expect(answer.parameters[0]).toMatchObject({ parameter: 'depth' });
      expect(answer.parameters[0]?.importance).toBeGreaterThan(0.9);
    });

    it('steps through the best so far, those that were stopped too', async () => {
      const { answer, ms } = await get(bestSoFarSchema, `${path}/analysis/best`);
      expect(answer.trials).toBe(TRIALS);
      expect(answer.points[0]).toMatchObject({ number: 1, ended: 1, seconds: 1 });
      const values = answer.points.map(({ value }) => value);
      expect(values).toEqual(values.toSorted((a, b) => b - a));
      expect(ms).toBeLessThan(MAX_MS);
    });

    it('finds the Pareto set of three objectives, of the completed ones', async () => {
      const { answer, ms } = await get(paretoSetSchema, `${path}/analysis/pareto`);
      expect(answer.objectives.map(({ metric }) => metric)).toEqual([
        'validationError',
        'trainSeconds',
        'parameters',
      ]);
      expect(answer.trials).toBe(9_000);
      expect(answer.points.some(({ number }) => number % 10 === 0)).toBe(false);
      expect(new Set(answer.points.map(({ values }) => values.depth))).toEqual(new Set([8, 14, 20, 26]));
      expect(ms).toBeLessThan(MAX_MS);
    });

    it.each(['analysis/depth', 'depth-table'])('has error by depth under %s', async (name) => {
      const { answer, ms } = await get(depthTableSchema, `${path}/${name}`);
      expect(answer.rows.map(({ depth, variant }) => `${String(depth)} ${variant}`)).toEqual(
        [8, 14, 20, 26].flatMap((depth) => [`${String(depth)} residual`, `${String(depth)} plain`]),
      );
      expect(answer.rows.reduce((sum, { trials }) => sum + trials, 0)).toBe(9_000);
      for (const { meanTestError, intervalTestError, best } of answer.rows) {
        expect(intervalTestError?.low).toBeLessThan(meanTestError);
        expect(best.meanTestError).toBeLessThan(meanTestError);
      }
      expect(ms).toBeLessThan(MAX_MS);
    });

    it('has a line for each in parallel coordinates', async () => {
      const { answer, ms } = await get(parallelCoordinatesSchema, `${path}/analysis/parallel`);
      expect(answer.axes).toHaveLength(7 + 3);
      expect(answer.rows).toHaveLength(TRIALS);
      expect(answer.rows.filter(({ state }) => state === 'stopped')).toHaveLength(TRIALS / 10);
      expect(answer.rows[0]?.values).toHaveLength(answer.axes.length);
      expect(ms).toBeLessThan(MAX_MS);
    });
  });

  it('compares seeds of the same settings', async () => {
    const trial = (number: number, seed: number, testError: number): PastTrial => ({
      ...pastTrial(number),
      state: 'completed',
      config: aTrainingConfig({ depth: 8, learningRate: 0.1, momentum: 0.9, seed }),
      metrics: finalMetrics({ testError }),
    });
    const id = await insert({}, [trial(1, 0, 0.1), trial(2, 1, 0.12), trial(3, 2, 0.17)]);
    const { answer } = await get(depthTableSchema, `/v1/sweeps/${id}/analysis/depth`);
    expect(answer.rows).toHaveLength(1);
    expect(answer.rows[0]).toMatchObject({ trials: 3, configurations: 1, best: { trials: [1, 2, 3] } });
    // scipy: stats.t.interval(0.95, 2, 0.13, std / sqrt(3))
    expect(answer.rows[0]?.best.intervalTestError?.low).toBeCloseTo(0.04043314104970401, 7);
    expect(answer.rows[0]?.best.intervalTestError?.high).toBeCloseTo(0.21956685895029598, 7);
  });

  it('leaves out trials that failed', async () => {
    const failed = { ...pastTrial(1), state: 'failed', metrics: null, objectives: [] } as const;
    const id = await insert({}, [failed, pastTrial(2)]);
    const { answer } = await get(parallelCoordinatesSchema, `/v1/sweeps/${id}/analysis/parallel`);
    expect(answer.rows.map(({ number }) => number)).toEqual([2]);
  });

  it('answers with nothing where no trial has ended', async () => {
    const id = await insert({}, []);
    const of = async <T>(schema: { parse(value: unknown): T }, name: string) =>
      (await get(schema, `/v1/sweeps/${id}/analysis/${name}`)).answer;
    expect(await of(bestSoFarSchema, 'best')).toMatchObject({ trials: 0, points: [] });
    expect(await of(paretoSetSchema, 'pareto')).toMatchObject({ trials: 0, points: [] });
    expect(await of(depthTableSchema, 'depth')).toEqual({ rows: [] });
    expect(await of(parallelCoordinatesSchema, 'parallel')).toMatchObject({ rows: [] });
  });

  it('says how many trials importance lacks', async () => {
    const id = await insert({}, [1, 2, 3].map(pastTrial));
    const { status, body } = await api.get<Problem>(`/v1/sweeps/${id}/analysis/importance`);
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'state-conflict' });
    expect(body.detail).toBe(
      `importance needs at least 10 completed trials with a number for validationError; sweep ${id} has 3`,
    );
  });

  it.each(['importance', 'best'])('refuses an objective that the sweep has not, for %s', async (name) => {
    const id = await insert({}, []);
    const ask = (objective: string) =>
      api.get<Problem>(`/v1/sweeps/${id}/analysis/${name}?objective=${objective}`);
    const { status, body } = await ask('testLoss');
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid-request' });
    expect(body.violations).toEqual([
      expect.objectContaining({
        path: '$.objective',
        message: 'given testLoss, the objectives of this sweep are validationError, trainSeconds, parameters',
      }),
    ]);
    expect((await ask('beauty')).body).toMatchObject({
      code: 'invalid-request',
      violations: [{ path: '$.objective' }],
    });
  });

  it.each(['importance', 'best', 'pareto', 'depth', 'parallel'])(
    'knows no sweep of another id, for %s',
    async (name) => {
      const { status, body } = await api.get<Problem>(`/v1/sweeps/${randomUUID()}/analysis/${name}`);
      expect({ status, code: body.code }).toEqual({ status: 404, code: 'not-found' });
    },
  );
});
