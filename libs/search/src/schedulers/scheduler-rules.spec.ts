import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import { planSize } from '../plan-size';
import { SearchSpecError } from '../search-spec-error';
import { context } from '../testing/searcher-contract';

const base = {
  name: 'rules',
  dataset: { kind: 'shapes' },
  space: { learningRate: { min: 0.01, max: 1, scale: 'log' } },
  recipe: { epochs: 9, depth: 8 },
  search: { algorithm: 'random', trials: 20 },
} as const satisfies SweepSpecInput;

const refusal = (input: Partial<SweepSpecInput>): string => {
  try {
    planSize(sweepSpecSchema.parse({ ...base, ...input }), context);
  } catch (error) {
    if (error instanceof SearchSpecError) return `${error.path.join('.')}: ${error.message}`;
    throw error;
  }
  return 'accepted';
};

describe('schedulers that do not fit the rest of a spec', () => {
  it.each(['asha', 'asha-stopping', 'hyperband'] as const)('%s: rungs beyond the epochs', (algorithm) => {
    expect(refusal({ scheduler: { algorithm, minEpochs: 8 } })).toBe('accepted');
    expect(refusal({ scheduler: { algorithm, minEpochs: 9 } })).toBe(
      'scheduler.minEpochs: rungs beyond the epochs: the lowest rung is at epoch 9, and trials have 9; allowed: 1 to 8',
    );
    expect(refusal({ scheduler: { algorithm }, recipe: { epochs: 1, depth: 8 } })).toMatch(
      /allowed: none, take run-all$/,
    );
  });

  it.each(['asha', 'asha-stopping', 'hyperband', 'pbt'] as const)('%s: epochs in the space', (algorithm) => {
    const space = { ...base.space, epochs: [9, 27] };
    expect(refusal({ scheduler: { algorithm }, space, recipe: { depth: 8 } })).toMatch(/^space\.epochs: /);
  });

  it.each(['asha', 'asha-stopping', 'hyperband', 'median', 'pbt'] as const)(
    '%s: objectives that are known at the end only',
    (algorithm) => {
      expect(refusal({ scheduler: { algorithm }, objective: { metric: 'testError' } })).toMatch(
        /^objective\.metric: testError/,
      );
      expect(refusal({ scheduler: { algorithm }, furtherObjectives: [{ metric: 'testLoss' }] })).toMatch(
        /^furtherObjectives\.0\.metric: testLoss/,
      );
    },
  );

  it('run-all takes them all', () => {
    expect(
      refusal({
        objective: { metric: 'testError' },
        space: { ...base.space, epochs: [9, 27] },
        recipe: { depth: 8 },
      }),
    ).toBe('accepted');
  });

  it('median: looks and complete trials that never come', () => {
    const median = (settings: object) => refusal({ scheduler: { algorithm: 'median', ...settings } });
    expect(median({})).toBe('accepted');
    expect(median({ warmupEpochs: 8 })).toMatch(
      /^scheduler\.warmupEpochs: the first look would be after epoch 9/,
    );
    expect(median({ intervalEpochs: 9 })).toMatch(/^scheduler\.intervalEpochs: /);
    expect(median({ startupTrials: 20 })).toMatch(
      /^scheduler\.startupTrials: the sweep has 20 trials.*below 20$/,
    );
  });

  it('median: groups that are too small for complete trials to compare with', () => {
    const median = (more: Partial<SweepSpecInput>, settings: object = {}) =>
      refusal({ recipe: { epochs: 9 }, scheduler: { algorithm: 'median', ...settings }, ...more });
    const space = { depth: [8, 14, 20, 26, 32], learningRate: [0.1, 0.2, 0.3, 0.4, 0.5] };
    const grid = { space, search: { algorithm: 'grid' } } as const;
    expect(median(grid)).toBe(
      'scheduler.startupTrials: trials are compared within their depth, of which none has more than 5 trials, ' +
        'so that none could be stopped after 5 complete ones; allowed: below 5, or compare: all',
    );
    expect(median(grid, { startupTrials: 4 })).toBe('accepted');
    expect(median(grid, { compare: 'all' })).toBe('accepted');
    // Beginnings of a grid, and searches that go through all of a space.
    expect(median({ ...grid, budget: { maxTrials: 6 } }, { startupTrials: 4 })).toBe('accepted');
    expect(median({ ...grid, budget: { maxTrials: 8 } }, { startupTrials: 5 })).toMatch(
      /none has more than 5/,
    );
    expect(median({ space, search: { algorithm: 'random', trials: 25 } })).toMatch(/none has more than 5/);
    expect(median({ space, search: { algorithm: 'random', trials: 24 } })).toBe('accepted');
    const variants = { depth: [8], variant: ['residual', 'plain'], seed: [1, 2, 3, 4, 5] };
    expect(median({ space: variants, search: { algorithm: 'grid' } })).toMatch(/none has more than 5/);
    expect(
      median({
        space: { ...variants, variant: ['plain'], seed: [1, 2, 3, 4, 5, 6] },
        search: { algorithm: 'grid' },
      }),
    ).toBe('accepted');
    const warmStart = { trials: [{ values: { depth: 8, learningRate: 0.1 }, objectives: [0.5] }] };
    const imported: Partial<SweepSpecInput> = { ...grid, space: { ...space, depth: [8] }, warmStart };
    expect(median(imported, { startupTrials: 4 })).toMatch(/^scheduler\.startupTrials: /);
  });

  it('pbt: no population, no exchange, or nothing that may change', () => {
    const pbt = (settings: object, more: Partial<SweepSpecInput> = {}) =>
      refusal({ scheduler: { algorithm: 'pbt', ...settings }, ...more });
    expect(pbt({})).toBe('accepted');
    expect(pbt({}, { search: { algorithm: 'random', trials: 1 } })).toMatch(
      /^search\.trials: .*at least 2 trials, given 1$/,
    );
    expect(pbt({}, { space: { learningRate: [0.1] }, search: { algorithm: 'grid' } })).toMatch(/^space: /);
    expect(pbt({ intervalEpochs: 9 })).toMatch(/^scheduler\.intervalEpochs: .*allowed: 1 to 8$/);
    expect(pbt({ mutate: ['learningRate', 'batchSize'] })).toMatch(
      /^scheduler\.mutate\.1: batchSize cannot change during a training; allowed: learningRate, /,
    );
    expect(pbt({ mutate: ['momentum'] })).toMatch(/^scheduler\.mutate\.0: momentum is not in the space/);
    expect(pbt({}, { space: { batchSize: [32, 64] }, search: { algorithm: 'grid' } })).toMatch(
      /^space: population-based training needs a parameter that may change/,
    );
  });
});
