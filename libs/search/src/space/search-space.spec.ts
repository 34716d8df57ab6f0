import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import { Random } from '../random';
import { faultOf } from '../testing/fault-of';
import { SearchSpace, type Configuration } from './search-space';

const spaceOf = (overrides: Partial<SweepSpecInput>): SearchSpace =>
  new SearchSpace(
    sweepSpecSchema.parse({
      name: 'a sweep',
      dataset: { kind: 'shapes' },
      space: { depth: [8] },
      search: { algorithm: 'grid' },
      ...overrides,
    }),
  );
const all = (space: SearchSpace): Configuration[] =>
  Array.from({ length: space.size }, (_, index) => space.at(index));

const nested: Partial<SweepSpecInput> = {
  space: {
    seed: [1, 2],
    depth: [8, 14],
    optimizer: ['sgd', 'adamw'],
    momentum: { values: [0.8, 0.9], when: { optimizer: ['sgd'] } },
    nesterov: { values: [false, true], when: { momentum: [0.9] } },
    adamBeta2: { min: 0.9, max: 0.99, step: 0.09, when: { optimizer: ['adamw'], depth: [14] } },
  },
};

describe('conditions', () => {
  it('lists each combination once, without the inactive parameters', () => {
    const seen = all(spaceOf(nested)).filter(({ seed }) => seed === 1);
    expect(seen).toEqual([
      { seed: 1, depth: 8, optimizer: 'sgd', momentum: 0.8 },
      { seed: 1, depth: 8, optimizer: 'sgd', momentum: 0.9, nesterov: false },
      { seed: 1, depth: 8, optimizer: 'sgd', momentum: 0.9, nesterov: true },
      { seed: 1, depth: 8, optimizer: 'adamw' },
      { seed: 1, depth: 14, optimizer: 'sgd', momentum: 0.8 },
      { seed: 1, depth: 14, optimizer: 'sgd', momentum: 0.9, nesterov: false },
      { seed: 1, depth: 14, optimizer: 'sgd', momentum: 0.9, nesterov: true },
      { seed: 1, depth: 14, optimizer: 'adamw', adamBeta2: 0.9 },
      { seed: 1, depth: 14, optimizer: 'adamw', adamBeta2: 0.99 },
    ]);
    expect(spaceOf(nested).size).toBe(18);
  });

  it('puts parents first, whatever the order of the spec', () => {
    const { space } = nested;
    const reversed = Object.fromEntries(Object.entries(space ?? {}).reverse());
    const names = spaceOf({ space: reversed }).dimensions.map(({ name }) => name);
    expect(names).toEqual(['seed', 'depth', 'optimizer', 'momentum', 'nesterov', 'adamBeta2']);
    const backwards = spaceOf({
      space: { depth: { values: [8], when: { seed: [1] } }, seed: [1, 2] },
      recipe: { depth: 8 },
    });
    expect(backwards.dimensions.map(({ name }) => name)).toEqual(['seed', 'depth']);
  });

  it('counts without listing', () => {
    const space = spaceOf({
      space: {
        depth: { min: 8, max: 50, step: 6 },
        seed: { min: 0, max: 2_000_000 },
        learningRate: { min: 0.1, max: 0.2, points: 10, when: { depth: [8] } },
      },
    });
    expect(space.size).toBe(2_000_001 * (7 + 10));
    const last = space.at(space.size - 1);
    expect(last).toEqual({ seed: 2_000_000, depth: 50 });
    expect(space.indexOf(space.at(12_345_678))).toBe(12_345_678);
  });

  it('is continuous where one branch is', () => {
    const space = spaceOf({
      space: {
        depth: [8],
        optimizer: ['sgd', 'adamw'],
        adamEpsilon: { min: 1e-9, max: 1e-3, when: { optimizer: ['adamw'] } },
      },
    });
    expect(space.size).toBe(Infinity);
    expect(space.isCountable).toBe(false);
    expect(() => space.at(0)).toThrow('has no index');
  });
});

describe('constants', () => {
  it('stand in every configuration, and can be conditional', () => {
    const space = spaceOf({
      space: {
        depth: { value: 8 },
        optimizer: ['sgd', 'adamw'],
        nesterov: { value: true, when: { optimizer: ['sgd'] } },
      },
    });
    expect(all(space)).toEqual([
      { depth: 8, optimizer: 'sgd', nesterov: true },
      { depth: 8, optimizer: 'adamw' },
    ]);
  });
});

describe('constraints', () => {
  const wide = { depth: [8, 14, 20, 26], width: [1, 2, 4, 8] };

  it('leave only what they allow, in grid order', () => {
    const space = spaceOf({ space: wide, constraints: ['depth * width <= 56', 'width != 2 || depth > 8'] });
    const wanted = wide.depth.flatMap((depth) =>
      wide.width
        .filter((width) => depth * width <= 56 && (width !== 2 || depth > 8))
        .map((width) => ({ depth, width })),
    );
    expect(all(space)).toEqual(wanted);
    expect(wanted.map((values) => space.indexOf(values))).toEqual(wanted.map((_, index) => index));
    expect(space.indexOf({ depth: 26, width: 8 })).toBe(-1);
  });

  it('see the recipe and the defaults behind the space', () => {
    expect(
      spaceOf({ space: wide, recipe: { batchSize: 16 }, constraints: ['width <= batchSize / 8'] }).size,
    ).toBe(8);
    expect(spaceOf({ space: wide, constraints: ['width * momentum < 1.8'] }).size).toBe(4);
  });

  it('see the default of a parameter that is inactive', () => {
    const space = spaceOf({
      space: {
        depth: [8],
        optimizer: ['adamw', 'sgd'],
        momentum: { values: [0.5, 0.99], when: { optimizer: ['sgd'] } },
      },
      constraints: ['momentum < 0.95'],
    });
    expect(all(space)).toEqual(
      [
        { depth: 8, optimizer: 'sgd', momentum: 0.5 },
        { depth: 8, optimizer: 'adamw' },
      ].reverse(),
    );
  });

  it('hold for draws from continuous spaces and from ones too large to list', () => {
    const rate = { min: 0.001, max: 1, scale: 'log' as const };
    const large = { min: 1, max: 1000 };
    for (const space of [{ learningRate: rate }, { batchSize: large, seed: large }]) {
      const drawn = spaceOf({
        space: { ...space, depth: [8] },
        constraints: ['learningRate < 0.2 && batchSize > seed'],
      });
      const { uniform } = Random.seeded(1);
      for (let i = 0; i < 100; i++) expect(drawn.allows(drawn.draw(uniform))).toBe(true);
      expect(drawn.size).toBe(Infinity);
    }
  });
});

describe('unit coordinates', () => {
  const space = spaceOf({
    space: {
      depth: [8, 14, 20],
      variant: ['residual', 'plain'],
      learningRate: { min: 0.001, max: 1, scale: 'log' },
      batchSize: { min: 16, max: 512, scale: 'log' },
      weightDecay: { min: 0, max: 0.1 },
      momentum: { min: 0.5, max: 0.9, step: 0.1, when: { variant: ['plain'] } },
    },
    constraints: ['weightDecay <= 0.09 || depth < 20'],
  });

  it('come back as they were', () => {
    const { uniform } = Random.seeded(3);
    for (let i = 0; i < 200; i++) {
      const values = space.draw(uniform);
      const back = space.fromUnits(space.toUnits(values).map((u) => u ?? 0));
      expect({ ...back, learningRate: 0, weightDecay: 0 }).toEqual({
        ...values,
        learningRate: 0,
        weightDecay: 0,
      });
      expect(back?.learningRate).toBeCloseTo(Number(values.learningRate), 12);
      expect(back?.weightDecay).toBeCloseTo(Number(values.weightDecay), 12);
      expect(space.allows(values)).toBe(true);
    }
  });

  it('are undefined where inactive, and where a constraint is broken', () => {
    const names = space.dimensions.map(({ name }) => name);
    const units = space.toUnits({
      depth: 8,
      variant: 'residual',
      learningRate: 1,
      batchSize: 16,
      weightDecay: 0,
    });
    expect(units[names.indexOf('momentum')]).toBeUndefined();
    expect(space.fromUnits(names.map(() => 1))).toBeUndefined();
  });

  it.each([
    ['a missing value', { depth: 8 }],
    ['a value outside', { depth: 9, variant: 'plain', momentum: 0.5 }],
    ['an inactive parameter', { depth: 8, variant: 'residual', momentum: 0.5 }],
    ['a missing conditional one', { depth: 8, variant: 'plain' }],
    ['a parameter of no dimension', { depth: 8, variant: 'residual', seed: 1 }],
  ])('do not allow %s', (_what, values) => {
    expect(space.allows({ learningRate: 0.1, batchSize: 32, weightDecay: 0, ...values })).toBe(false);
  });

  it('have one key for equal configurations', () => {
    expect(space.key({ depth: 8, variant: 'plain' })).toBe(space.key({ variant: 'plain', depth: 8 }));
    expect(space.key({ depth: 8, variant: 'plain' })).not.toBe(space.key({ depth: 14, variant: 'plain' }));
  });
});

describe('spaces that cannot be', () => {
  const refusalOf = (overrides: Partial<SweepSpecInput>) => faultOf(() => spaceOf(overrides));
  const conditional = (when: object, rest: object = {}) =>
    refusalOf({
      space: { depth: [8], momentum: { values: [0.8, 0.9], when }, ...rest },
    });

  it.each([
    [
      'a missing parent',
      { optimizer: ['sgd'] },
      {},
      'space.momentum.when.optimizer',
      'optimizer is not in the space',
    ],
    ['itself as parent', { momentum: [0.8] }, {}, 'space.momentum.when', 'momentum depends on momentum'],
    [
      'a continuous parent',
      { width: [1] },
      { width: { min: 1, max: 2 } },
      'space.momentum.when.width',
      'continuous',
    ],
    [
      'a value the parent never takes',
      { depth: [8, 20] },
      {},
      'space.momentum.when.depth.1',
      'depth never takes 20; it takes 8',
    ],
    [
      'conditions that exclude one another',
      { variant: ['plain'], width: [2] },
      { variant: ['plain', 'residual'], width: { values: [1, 2], when: { variant: ['residual'] } } },
      'space.momentum.when',
      'never active',
    ],
    [
      'a circle',
      { nesterov: [true] },
      { nesterov: { values: [true], when: { momentum: [0.8] } } },
      'space.momentum.when',
      'momentum depends on nesterov depends on momentum',
    ],
  ])('a condition on %s', (_what, when, rest, path, message) => {
    const [at, said] = conditional(when, rest);
    expect([at, said]).toEqual([path, expect.stringContaining(message)]);
  });

  it('conditions that would take too long to count', () => {
    const many = { min: 0, max: 2_000_000 };
    expect(conditional({ seed: [1] }, { seed: many })).toEqual([
      'space.momentum.when.seed',
      'seed has 2000001 values; a parameter that others depend on has at most 1000',
    ]);
    // Sixteen parameters of two values, each of which decides over one that comes after all of them.
    const parents = {
      ...{ seed: [1, 2], depth: [8, 14], variant: ['residual', 'plain'], family: ['auto', 'cifar'] },
      ...{
        block: ['auto', 'basic'],
        shortcut: ['projection', 'zero-pad'],
        width: [1, 2],
        nesterov: [false, true],
      },
      ...{
        optimizer: ['sgd', 'adamw'],
        learningRate: [0.1, 0.2],
        schedule: ['step', 'cosine'],
        warmupEpochs: [0, 1],
      },
      ...{ batchSize: [16, 32], epochs: [1, 2], accumulationSteps: [1, 2], momentum: [0.8, 0.9] },
    };
    const children = {
      ...{
        weightDecay: 0,
        adamBeta1: 0.9,
        adamBeta2: 0.9,
        adamEpsilon: 1,
        gradientClip: 0,
        emaDecay: 0,
        labelSmoothing: 0,
      },
      ...{
        cutout: 0,
        mixup: 0,
        frozenStages: 0,
        bodyLearningRate: 1,
        distillTemperature: 1,
        distillWeight: 1,
        teacher: '',
      },
      ...{ initialWeights: '', augment: 'none' },
    };
    const all = Object.entries(parents);
    const conditionals = Object.entries(children).map(([name, value], i) => {
      const [parent, [first]] = all[i]!;
      return [name, { value, when: { [parent]: [first] } }];
    });
    const space = Object.fromEntries([...all, ...conditionals]) as SweepSpecInput['space'];
    expect(refusalOf({ space })).toEqual([
      'space',
      expect.stringContaining('branch in more than 50000 ways'),
    ]);
  });

  it('a conditional depth without another one', () => {
    const space = { variant: ['plain' as const], depth: { values: [8, 14], when: { variant: ['plain'] } } };
    expect(refusalOf({ space })[0]).toBe('space.depth.when');
    expect(spaceOf({ space, recipe: { depth: 8 } }).size).toBe(2);
  });

  it('a broken step over whole numbers', () => {
    expect(refusalOf({ space: { depth: { min: 8, max: 20, step: 2.5 } } })[0]).toBe('space.depth.step');
  });

  it.each([
    ['what is no expression', 'depth <', 'Expected expression after <'],
    ['an unknown name', 'depht > 8', 'there is no parameter depht; there are depth, variant'],
    ['a name of JavaScript', 'constructor == 1', 'there is no parameter constructor'],
    ['a number as result', 'depth * 2', 'it is a number, not true or false'],
    ['a chain', '8 <= depth <= 20', 'compare two at a time'],
    ['a string against a number', "depth == 'deep'", 'compares a number with a string'],
    ['a text its parameter never has', "block == 'bottlenek'", 'block is never "bottlenek"'],
    ['a property', 'depth.constructor == 1', 'it has a property'],
    ['a call', "eval('1') > 0", 'it has a call of eval'],
    ['a call of a property', 'depth.toString() > 0', 'a call of what is no name'],
    ['two expressions', 'depth > 8 depth < 20', 'an operator is missing'],
    ['a bit operator', '(depth & 1) == 0', 'it has &; allowed are'],
    ['text in arithmetic', 'variant + 1 > 0', '+ takes numbers, given a string (variant)'],
    ['a wrong count', 'floor() == 1', 'floor takes one number, given 0'],
  ])('a constraint with %s', (_what, text, message) => {
    const [path, said] = refusalOf({ constraints: ['depth > 1', text] });
    expect([path, said]).toEqual(['constraints.1', expect.stringContaining(message)]);
  });

  it('constraints that leave nothing, listed or drawn', () => {
    const rate = { min: 0.1, max: 0.2 };
    const large = { min: 1, max: 5000 };
    expect(refusalOf({ constraints: ['depth > 8'] })).toEqual([
      'constraints.0',
      expect.stringContaining('none of the 1'),
    ]);
    expect(refusalOf({ constraints: ['depth > 8', 'true'] })[0]).toBe('constraints');
    expect(
      refusalOf({ space: { depth: [8], learningRate: rate }, constraints: ['learningRate > 1'] })[0],
    ).toBe('constraints.0');
    const [, said] = refusalOf({
      space: { depth: [8], seed: large, batchSize: large },
      constraints: ['seed == batchSize'],
    });
    expect(said).toContain('narrow the domains');
  });
});

describe('expressions', () => {
  it.each([
    ['1 + 2 * 3 == 7 && (1 + 2) * 3 == 9', true],
    ['7 % 3 == 1 && -2 < +1 && 1 / 4 == 0.25', true],
    ["!(variant == 'plain') || nesterov", true],
    ['min(depth, 4, 5) == 4 && max(1, 2) == 2 && floor(2.7) == 2 && ceil(2.1) == 3 && abs(-2) == 2', true],
    ['1 / 0 > 1e300 && !(0 / 0 == 0 / 0)', true],
    ['depth - 2 == 8', false],
  ])('%s is %s', (text, isTrue) => {
    const counted = (constraint: string) => spaceOf({ constraints: [constraint] }).size;
    expect(counted(isTrue ? text : `!(${text})`)).toBe(1);
  });
});
