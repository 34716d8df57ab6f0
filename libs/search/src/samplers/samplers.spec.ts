import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import { planSize } from '../plan-size';
import { spaceOf } from '../space/space-of';
import { faultOf } from '../testing/fault-of';
import { configurationsOf } from '../testing/outcomes';
import { context, itHoldsToTheContract, play } from '../testing/searcher-contract';

const base = { name: 'a sweep', dataset: { kind: 'shapes' } } as const;

/** Nine configurations for each of two seeds. */
const nested: SweepSpecInput['space'] = {
  seed: [1, 2],
  depth: [8, 14],
  optimizer: ['sgd', 'adamw'],
  momentum: { values: [0.8, 0.9], when: { optimizer: ['sgd'] } },
  nesterov: { values: [false, true], when: { momentum: [0.9] } },
  adamBeta2: { min: 0.9, max: 0.99, step: 0.09, when: { optimizer: ['adamw'], depth: [14] } },
};
const finite: SweepSpecInput = { ...base, space: nested, search: { algorithm: 'grid' } };
/** Without depth 14 at momentum 0.8 (one for each seed) and the three of adamw with seed 2: 13 are left. */
const constraints = ['depth < 14 || momentum > 0.8', "optimizer != 'adamw' || seed == 1"];
const mixed: SweepSpecInput = {
  ...base,
  space: {
    depth: [8, 14, 20],
    optimizer: ['sgd', 'adamw'],
    learningRate: { min: 0.001, max: 1, scale: 'log' },
    batchSize: { min: 16, max: 512, scale: 'log' },
    momentum: { min: 0.5, max: 0.99, when: { optimizer: ['sgd'] } },
  },
  constraints: ['learningRate * batchSize <= 100', "optimizer == 'sgd' || learningRate < 0.1"],
  search: { algorithm: 'random', trials: 30 },
};
const whole: SweepSpecInput['space'] = { depth: [8, 14], batchSize: { min: 1, max: 20, scale: 'log' } };

const valuesOf = (input: SweepSpecInput) => configurationsOf(play(input));
const refusalOf = (input: SweepSpecInput) => faultOf(() => planSize(sweepSpecSchema.parse(input), context));
const keysOf = (input: SweepSpecInput): string[] => {
  const space = spaceOf(sweepSpecSchema.parse(input));
  return valuesOf(input).map((values) => {
    expect(space.allows(values)).toBe(true);
    return space.key(values);
  });
};

describe('grid with conditions', () => itHoldsToTheContract(finite, 18));
describe('grid with conditions and constraints', () => itHoldsToTheContract({ ...finite, constraints }, 13));
for (const algorithm of ['random', 'sobol'] as const) {
  const search = { algorithm, trials: 18, seed: 5 };
  describe(`${algorithm} over a whole space with conditions`, () =>
    itHoldsToTheContract({ ...finite, search }, 18));
  describe(`${algorithm} over all that constraints leave`, () =>
    itHoldsToTheContract({ ...finite, constraints, search: { ...search, trials: 13 } }, 13));
  describe(`${algorithm} over a mixed space with conditions and constraints`, () =>
    itHoldsToTheContract({ ...mixed, search: { ...search, trials: 30 } }, 30));
  describe(`${algorithm} over all log-scaled integers`, () =>
    itHoldsToTheContract({ ...base, space: whole, search: { algorithm, trials: 40 } }, 40));
}

describe('random and sobol', () => {
  it.each(['random', 'sobol'] as const)('%s keeps inside conditions and constraints', (algorithm) => {
    expect(new Set(keysOf({ ...mixed, search: { algorithm, trials: 200, seed: 2 } })).size).toBe(200);
  });

  it('draw a finite space as often as its prior says', () => {
    // Of twenty batch sizes on a log scale the smallest has 30 % of the mass.
    const firsts = Array.from(
      { length: 1000 },
      (_, seed) => valuesOf({ ...base, space: whole, search: { algorithm: 'random', trials: 1, seed } })[0],
    );
    const share = firsts.filter((values) => values?.batchSize === 1).length / firsts.length;
    expect(share).toBeGreaterThan(Math.log(1.5 / 0.5) / Math.log(20.5 / 0.5) - 0.05);
    expect(share).toBeLessThan(Math.log(1.5 / 0.5) / Math.log(20.5 / 0.5) + 0.05);
  });

  it('sobol begins at the lower ends and halves the ranges', () => {
    const space: SweepSpecInput['space'] = {
      depth: [8],
      learningRate: { min: 0.01, max: 1, scale: 'log' },
      momentum: { min: 0, max: 0.8 },
    };
    const plain = valuesOf({ ...base, space, search: { algorithm: 'sobol', trials: 4 } });
    const shifted = valuesOf({ ...base, space, search: { algorithm: 'sobol', trials: 4, seed: 1 } });
    // Order of the configuration: learningRate has the first dimension of the sequence.
    expect(plain.map(({ momentum }) => momentum)).toEqual([0, 0.4, 0.2, 0.6000000000000001]);
    expect(plain.map(({ learningRate }) => Math.log10(Number(learningRate)).toFixed(6))).toEqual([
      '-2.000000',
      '-1.000000',
      '-0.500000',
      '-1.500000',
    ]);
    const quarters = shifted.map(({ momentum }) => Math.floor(Number(momentum) / 0.2));
    expect([...quarters].sort()).toEqual([0, 1, 2, 3]);
    expect(shifted).not.toEqual(plain);
  });
});

describe('warm start', () => {
  const known = [
    { seed: 1, depth: 8, optimizer: 'sgd', momentum: 0.8 },
    { optimizer: 'adamw', seed: 2, depth: 14, adamBeta2: 0.99 },
  ] as const;
  const warmStart = { trials: [...known, known[0]].map((values) => ({ values, objectives: [0.5] })) };
  const withTrials = (trials: object[], rest: Partial<SweepSpecInput> = {}): SweepSpecInput =>
    ({ ...finite, warmStart: { trials }, ...rest }) as SweepSpecInput;

  for (const algorithm of ['grid', 'random', 'sobol', 'tpe'] as const) {
    const search = algorithm === 'grid' ? { algorithm } : { algorithm, trials: 16 };
    const spec = { ...finite, search, warmStart } as SweepSpecInput;
    describe(`${algorithm} after imported trials`, () => itHoldsToTheContract(spec, 16));
    it(`${algorithm} tries everything but what was imported`, () => {
      const space = spaceOf(sweepSpecSchema.parse(spec));
      const tried = [...keysOf(spec), ...known.map((values) => space.key(values))];
      expect(new Set(tried).size).toBe(18);
    });
  }

  it('does not repeat an imported configuration of a large or a log-scaled space', () => {
    const trials = [{ values: { depth: 8, batchSize: 1 }, objectives: [0.5] }];
    const logScaled = { ...base, space: whole, warmStart: { trials } };
    expect(keysOf({ ...logScaled, search: { algorithm: 'random', trials: 39 } })).not.toContain('[8,1]');
    expect(refusalOf({ ...logScaled, search: { algorithm: 'random', trials: 40 } })).toEqual([
      'search.trials',
      'the space has only 40 distinct configurations, 1 of them imported, given 40 trials',
    ]);
  });

  const good = { depth: 8, seed: 1, optimizer: 'sgd', momentum: 0.8 };
  it.each([
    ['a missing value', { ...good, momentum: undefined }, 'values', 'momentum is missing; it takes 0.8, 0.9'],
    [
      'an unknown parameter',
      { ...good, width: 2 },
      'values.width',
      'width is not searched with these values',
    ],
    ['an inactive parameter', { ...good, nesterov: true }, 'values.nesterov', 'nesterov is not searched'],
    ['a value outside', { ...good, depth: 20 }, 'values.depth', 'depth never takes 20; it takes 8, 14'],
    [
      'a broken constraint',
      { ...good, depth: 14 },
      'values',
      'break the constraint "depth < 14 || momentum > 0.8"',
    ],
  ])('refuses %s', (_what, values, path, message) => {
    const trials = [
      { values: good, objectives: [1] },
      { values: JSON.parse(JSON.stringify(values)) as object, objectives: [1] },
    ];
    const [at, said] = refusalOf(withTrials(trials, { constraints }));
    expect([at, said]).toEqual([`warmStart.trials.1.${path}`, expect.stringContaining(message)]);
  });

  it('refuses another number of objectives', () => {
    expect(refusalOf(withTrials([{ values: good, objectives: [1, 2] }]))).toEqual([
      'warmStart.trials.0.objectives',
      'the sweep has 1 objectives (validationError), given 2 numbers',
    ]);
  });

  it('refuses a grid of which nothing is left', () => {
    const trials = [{ values: { depth: 8 }, objectives: [1] }];
    expect(refusalOf(withTrials(trials, { space: { depth: [8] } }))[0]).toBe('warmStart');
  });
});

describe('algorithms that do not fit', () => {
  const pathAndWords = (overrides: Partial<SweepSpecInput>) =>
    refusalOf({ ...mixed, constraints: [], ...overrides });
  const furtherObjectives = [{ metric: 'parameters' as const }];

  it.each([
    ['gp', furtherObjectives, 'gp takes one objective, given 2: use tpe or nsga-ii'],
    ['cma-es', furtherObjectives, 'cma-es takes one objective, given 2: use tpe or nsga-ii'],
    ['cma-es', [], 'optimizer is a choice without an order: use tpe, gp, random or sobol'],
  ] as const)('%s with %j', (algorithm, further, message) => {
    const search = { algorithm, trials: 10 };
    expect(pathAndWords({ search, furtherObjectives: [...further] })).toEqual([
      'search.algorithm',
      expect.stringContaining(message),
    ]);
  });

  it('a grid over a continuous range, and over more than can be listed', () => {
    const search = { algorithm: 'grid' } as const;
    expect(pathAndWords({ search })[0]).toBe('space.learningRate');
    const large = { min: 1, max: 1000 };
    const space = { depth: [8], seed: large, batchSize: large };
    expect(pathAndWords({ search, space, constraints: ['seed < batchSize'] })).toEqual([
      'space',
      expect.stringContaining('more combinations than the 200000'),
    ]);
  });

  it('more trials than the constraints of a large space leave', () => {
    const space = { depth: [8], seed: { min: 1, max: 500 }, batchSize: { min: 1, max: 500 } };
    const search = { algorithm: 'random', trials: 1000 } as const;
    expect(
      pathAndWords({ search, space, constraints: ['seed == batchSize || seed == batchSize + 1'] }),
    ).toEqual(['search.trials', expect.stringMatching(/the constraints leave about \d+ configurations/)]);
  });
});
