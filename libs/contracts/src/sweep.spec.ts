import { violationsOf } from './problem';
import { sweepSpecSchema } from './sweep';
import { integerParameters, parameterNames, trainingConfigSchema } from './training-config';

const valid = {
  name: 'depth study',
  dataset: { kind: 'shapes' },
  space: { depth: [8, 14], learningRate: { min: 0.01, max: 0.1, scale: 'log' } },
  search: { algorithm: 'random', trials: 4 },
};
const violations = (overrides: Record<string, unknown>) => {
  const input = { ...valid, ...overrides };
  const result = sweepSpecSchema.safeParse(input);
  return result.success ? [] : violationsOf(result.error, input);
};
const paths = (overrides: Record<string, unknown>) =>
  violations(overrides).map((violation) => violation.path);

describe('sweepSpecSchema', () => {
  it('fills in what was left out', () => {
    expect(sweepSpecSchema.parse(valid)).toMatchObject({
      objective: { metric: 'validationError', goal: 'minimize' },
      dataset: { kind: 'shapes', trainImages: 10_000, validationFraction: 0.1 },
      search: { seed: 0 },
      recipe: {},
      budget: {},
    });
  });

  it('does not put defaults into the recipe, so that they stay apart from what was asked for', () => {
    expect(sweepSpecSchema.parse({ ...valid, recipe: { epochs: 2 } }).recipe).toEqual({ epochs: 2 });
  });

  it.each([
    ['an unknown field', { epoch: 3 }, '$.epoch'],
    ['an unknown data set field', { dataset: { kind: 'shapes', size: 1 } }, '$.dataset.size'],
    ['an unknown parameter', { space: { depth: [8], lr: [1] } }, '$.space.lr'],
    ['an empty space', { space: {}, recipe: { depth: 8 } }, '$.space'],
    ['an empty list', { space: { depth: [] } }, '$.space.depth'],
    ['a repeated value', { space: { depth: [8, 8] } }, '$.space.depth'],
    ['a value its parameter cannot take', { space: { depth: [8, 2.5] } }, '$.space.depth[1]'],
    [
      'a bound its parameter cannot take',
      { space: { depth: [8], momentum: { min: 0.5, max: 1 } } },
      '$.space.momentum.max',
    ],
    ['a range upside down', { space: { depth: { min: 20, max: 8 } } }, '$.space.depth.max'],
    [
      'a log range from zero',
      { space: { depth: [8], weightDecay: { min: 0, max: 1, scale: 'log' } } },
      '$.space.weightDecay.min',
    ],
    [
      'step and points',
      { space: { depth: { min: 8, max: 20, step: 6, points: 3 } } },
      '$.space.depth.points',
    ],
    ['a missing depth', { space: { seed: [1] } }, '$.space.depth'],
    ['a parameter given twice', { recipe: { depth: 8 } }, '$.recipe.depth'],
    ['a recipe value out of range', { recipe: { epochs: 0 } }, '$.recipe.epochs'],
    ['an unknown algorithm', { search: { algorithm: 'bayes' } }, '$.search.algorithm'],
    ['a missing field', { search: { algorithm: 'random' } }, '$.search.trials'],
    ['a name of spaces', { name: '  ' }, '$.name'],
  ])('refuses %s by its path', (_what, overrides, path) => {
    expect(paths(overrides)).toEqual([path]);
  });

  it('says what was given and what is allowed', () => {
    expect(violations({ recipe: { epochs: 0 } })[0]).toEqual({
      path: '$.recipe.epochs',
      rule: 'too_small',
      message: 'Too small: expected number to be >=1, given 0',
    });
  });

  it('names every broken rule at once', () => {
    expect(paths({ name: '', space: { depth: [1] }, extra: true })).toEqual(
      expect.arrayContaining(['$.name', '$.space.depth[0]', '$.extra']),
    );
  });
});

describe('trainingConfigSchema', () => {
  it('needs nothing but a depth', () => {
    expect(Object.keys(trainingConfigSchema.parse({ depth: 20 }))).toEqual(parameterNames);
  });

  it('knows which parameters take whole numbers', () => {
    expect([...integerParameters].sort()).toEqual([
      ...['accumulationSteps', 'batchSize', 'depth', 'epochs', 'frozenStages', 'seed'],
    ]);
    for (const name of integerParameters)
      expect(trainingConfigSchema.shape[name].safeParse(8.5).success).toBe(false);
  });
});
