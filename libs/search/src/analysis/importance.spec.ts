import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import type { Configuration } from '../space/configuration';
import { SearchSpace } from '../space/search-space';
import { objectiveIndex, parameterImportance } from './importance';

function specOf(space: SweepSpecInput['space'], overrides: Partial<SweepSpecInput> = {}) {
  return sweepSpecSchema.parse({
    name: 'importance',
    dataset: { kind: 'shapes' },
    search: { algorithm: 'random', trials: 10 },
    recipe: space.depth === undefined ? { depth: 8 } : {},
    space,
    ...overrides,
  });
}

function importanceOf(
  spec: ReturnType<typeof specOf>,
  results: readonly { config: Configuration; objectives: (number | null)[] }[],
  objective = 0,
) {
  const found = parameterImportance(new SearchSpace(spec), spec, results, objective);
  const by = (key: 'importance' | 'divergence' | 'trials') =>
    Object.fromEntries(found.parameters.map((one) => [one.parameter, one[key]]));
  return { ...found, importance: by('importance'), divergence: by('divergence'), active: by('trials') };
}

const range = (min: number, max: number) => ({ min, max });

describe('parameterImportance', () => {
  // A depth from a list and a learning rate on a log scale: Optuna 5.0.0, PedAnovaImportanceEvaluator().
  const vectorSpec = specOf({
    depth: [20, 32, 44, 56, 110],
    learningRate: { min: 1e-4, max: 1e-1, scale: 'log' },
  });
  const vector = [20, 32, 44, 56, 110].flatMap((depth, i) =>
    Array.from({ length: 8 }, (_, j) => {
      const learningRate = 10 ** (-4 + (3 * (j + 0.5)) / 8);
      const value = 0.1 - 0.01 * i + 0.05 * (Math.log10(learningRate) + 1.9) ** 2;
      return { config: { depth, learningRate }, objectives: [value] };
    }),
  );

  it("has Optuna's numbers to twelve digits", () => {
    const { importance, divergence, trials, bestTrials, parameters } = importanceOf(vectorSpec, vector);
    expect(importance['learningRate']).toBeCloseTo(0.807368071968711, 12);
    expect(importance['depth']).toBeCloseTo(0.1926319280312891, 12);
    expect(divergence['learningRate']).toBeCloseTo(0.008015760696646477, 12);
    expect(divergence['depth']).toBeCloseTo(0.0019124999999904381, 12);
    expect({ trials, bestTrials }).toEqual({ trials: 40, bestTrials: 4 });
    expect(parameters.map(({ parameter }) => parameter)).toEqual(['learningRate', 'depth']);
  });

  it('is the same for the negated objective that is to be maximised', () => {
    const maximized = { ...vectorSpec, objective: { ...vectorSpec.objective, goal: 'maximize' as const } };
    const negated = vector.map(({ config, objectives }) => ({
      config,
      objectives: objectives.map((v) => -v),
    }));
    expect(importanceOf(maximized, negated)).toEqual(importanceOf(vectorSpec, vector));
  });

  it('leaves out trials without a usable number', () => {
    const broken = [null, NaN, Infinity].map((value) => ({
      config: { depth: 110, learningRate: 1e-1 },
      objectives: [value],
    }));
    expect(importanceOf(vectorSpec, [...broken, ...vector])).toEqual(importanceOf(vectorSpec, vector));
  });

  it('finds nothing where all trials are equally good', () => {
    const level = vector.map(({ config }) => ({ config, objectives: [0.5] }));
    const { importance, bestTrials } = importanceOf(vectorSpec, level);
    expect(importance).toEqual({ learningRate: 0, depth: 0 });
    expect(bestTrials).toBe(40);
  });

  it('finds nothing in no trials', () => {
    expect(importanceOf(vectorSpec, [])).toMatchObject({
      trials: 0,
      bestTrials: 0,
      importance: { depth: 0 },
    });
  });

  describe('over every kind of parameter, with two objectives', () => {
    const spec = specOf(
      {
        learningRate: { min: 1e-4, max: 1e-1, scale: 'log' },
        batchSize: { min: 32, max: 512, step: 32 },
        epochs: { min: 1, max: 100, scale: 'log' },
        width: { min: 0.5, max: 2, step: 0.25 },
        optimizer: ['sgd', 'adamw'],
        momentum: { ...range(0, 0.99), when: { optimizer: ['sgd'] } },
        adamBeta1: { ...range(0.5, 0.95), when: { optimizer: ['adamw'] } },
        labelSmoothing: range(0, 0.3),
        frozenStages: range(0, 9),
        depth: [8, 14, 20, 26],
        weightDecay: { value: 1e-4 },
      },
      { furtherObjectives: [{ metric: 'trainSeconds' }] },
    );
    const u = (i: number, k: number) => (i * Math.sqrt([2, 3, 5, 7, 11, 13, 17, 19, 23, 29][k]!)) % 1;
    const trials = Array.from({ length: 300 }, (_, index) => {
      const i = index + 1;
      const isSgd = u(i, 4) < 0.6;
      // Complete configurations: what is not active has a value too, which must not be looked at.
      const config = {
        learningRate: Math.exp(Math.log(1e-4) + (Math.log(1e-1) - Math.log(1e-4)) * u(i, 0)),
        batchSize: 32 * (1 + Math.floor(16 * u(i, 1))),
        epochs: Math.floor(Math.exp(Math.log(100) * u(i, 2))),
        width: 0.5 + 0.25 * Math.floor(7 * u(i, 3)),
        optimizer: isSgd ? ('sgd' as const) : ('adamw' as const),
        momentum: isSgd ? 0.99 * u(i, 5) : 0.9,
        adamBeta1: isSgd ? 0.9 : 0.5 + 0.45 * u(i, 9),
        labelSmoothing: 0.3 * u(i, 6),
        frozenStages: Math.floor(10 * u(i, 7)),
        depth: [8, 14, 20, 26][Math.floor(4 * u(i, 8))]!,
        weightDecay: 1e-4,
      };
      const value =
        (Math.log10(config.learningRate) + 2) ** 2 +
        Math.abs(config.batchSize - 128) / 512 +
        (isSgd ? 0.3 * Math.abs(config.momentum - 0.9) : 0.2 + config.adamBeta1 / 5) +
        config.width / 10 -
        Math.log(config.epochs) / 10 -
        config.depth / 100 +
        config.labelSmoothing;
      return { config, objectives: [value, config.width ** 2 * config.depth] };
    });

    /** Optuna 5.0.0: `PedAnovaImportanceEvaluator().evaluate(study, target=…)` on the same trials. */
    const optuna = {
      first: {
        learningRate: 0.012170336998742157,
        batchSize: 0.009040233188589283,
        epochs: 0.0033760779090053813,
        labelSmoothing: 0.002546764721008831,
        optimizer: 0.0012069266490234267,
        depth: 0.000681425052953685,
        width: 0.0003048883323760505,
        momentum: 0.0002650625752732224,
        frozenStages: 0.00021829951752481497,
        adamBeta1: 1.1134340404039929e-5,
        weightDecay: 0,
      },
      second: {
        width: 0.03452693702575517,
        depth: 0.002694237910878313,
        epochs: 0.0004636677342585818,
        adamBeta1: 0.00044795364949049856,
        batchSize: 0.0003795370928853988,
        learningRate: 0.0003564358481858149,
        frozenStages: 0.0002961799222626768,
        momentum: 0.0002828736423658542,
        labelSmoothing: 9.822286837791418e-5,
        optimizer: 4.009658585737147e-6,
        weightDecay: 0,
      },
      firstMaximized: {
        learningRate: 0.07875769620786481,
        batchSize: 0.0002591174650102293,
        epochs: 0.0001647076455003897,
        frozenStages: 0.00013733841143398734,
        labelSmoothing: 0.00012944300300394288,
        adamBeta1: 8.591264272086507e-5,
        width: 8.474327885964716e-5,
        momentum: 8.133739657726629e-5,
        depth: 4.481743148405953e-5,
        optimizer: 1.2596922436215762e-5,
        weightDecay: 0,
      },
    };
    const maximized = { ...spec, objective: { ...spec.objective, goal: 'maximize' as const } };
    it.each([
      ['the first objective', spec, 0, optuna.first],
      ['the second', spec, 1, optuna.second],
      ['the first, to be maximised', maximized, 0, optuna.firstMaximized],
    ])("has Optuna's numbers for %s", (_, asked, objective, expected) => {
      const { divergence, parameters } = importanceOf(asked, trials, objective);
      expect(parameters.map(({ parameter }) => parameter)).toEqual(Object.keys(expected));
      for (const [name, value] of Object.entries(expected)) expect(divergence[name]).toBeCloseTo(value, 12);
    });

    it('counts the trials in which each parameter was active', () => {
      const { active } = importanceOf(spec, trials);
      const sgd = trials.filter(({ config }) => config.optimizer === 'sgd').length;
      expect(active).toMatchObject({ momentum: sgd, adamBeta1: 300 - sgd, optimizer: 300, depth: 300 });
    });
  });
});

describe('objectiveIndex', () => {
  const spec = specOf({ depth: [8, 14] }, { furtherObjectives: [{ metric: 'parameters' }] });
  it('is that of the metric, or of the main one', () => {
    expect(objectiveIndex(spec, undefined)).toBe(0);
    expect(objectiveIndex(spec, 'validationError')).toBe(0);
    expect(objectiveIndex(spec, 'parameters')).toBe(1);
    expect(objectiveIndex(spec, 'testLoss')).toBeUndefined();
  });
});
