import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import { extensionFaults } from './extension';
import { SearchSpace } from './space/search-space';
import { Random } from './random';
import { play, reasonsOf, type Played, type PlayOptions } from './testing/play';

type Space = SweepSpecInput['space'];
type Scheduler = NonNullable<SweepSpecInput['scheduler']>;

const space = {
  depth: [8, 14, 20],
  learningRate: { min: 0.01, max: 1, scale: 'log' as const },
  momentum: { min: 0.8, max: 0.95, step: 0.05 },
};
const wide = {
  depth: [8, 14, 20, 26],
  learningRate: { min: 0.001, max: 1, scale: 'log' as const },
  momentum: { min: 0.7, max: 0.95, step: 0.05 },
};
const base: SweepSpecInput = {
  name: 'a sweep',
  dataset: { kind: 'shapes' },
  space,
  search: { algorithm: 'random', trials: 12, seed: 3, maxConcurrent: 3 },
  recipe: { epochs: 9 },
};
const withSearch = (search: object, more: Partial<SweepSpecInput> = {}): SweepSpecInput => ({
  ...base,
  search: { algorithm: 'random', trials: 12, seed: 3, maxConcurrent: 3, ...search },
  ...more,
});
const proposed = (input: SweepSpecInput, options: PlayOptions = {}) =>
  play(input, options).actions.flatMap((action) => (action.type === 'createTrial' ? [action.values] : []));

describe('a sweep that gets more trials', () => {
  const afterwards = 1_000;

  const ofGrid = (trials: number): SweepSpecInput => ({
    ...base,
    space: { depth: [8, 14, 20], seed: { min: 1, max: 10 } },
    search: { algorithm: 'grid' },
    budget: { maxTrials: trials },
  });
  it.each<[string, (trials: number) => SweepSpecInput]>([
    ['random over a continuous space', (trials) => withSearch({ trials })],
    [
      'random over a discrete space',
      (trials) => withSearch({ trials }, { space: { depth: { min: 8, max: 200, step: 6 } } }),
    ],
    ['sobol', (trials) => withSearch({ algorithm: 'sobol', trials })],
    ['grid up to budget.maxTrials', ofGrid],
  ])('proposes what it would have proposed with all of them: %s', (_, of) => {
    const whole = proposed(of(24));
    expect(whole).toHaveLength(24);
    for (const afterTrials of [1, 7, afterwards])
      expect(proposed(of(12), { extend: { afterTrials, to: of(24) } })).toEqual(whole);
  });

  const algorithms = ['random', 'sobol', 'tpe', 'gp', 'cma-es', 'nsga-ii'] as const;
  it.each(algorithms)('goes on to the end, restarted after every event: %s', (algorithm) => {
    const numeric =
      algorithm === 'cma-es' ? { space: { ...space, depth: { min: 8, max: 20, step: 6 } } } : {};
    const of = (trials: number) => withSearch({ algorithm, trials }, numeric);
    // A Gaussian process takes its time, and restarted after every event twice over.
    for (const afterTrials of algorithm === 'gp' ? [5] : [5, afterwards]) {
      const extend = { afterTrials, to: of(20) };
      const played = play(of(12), { extend });
      expect(proposed(of(12), { extend })).toHaveLength(20);
      const restarted = play(of(12), { extend, restart: true, repeatEvents: true });
      expect(restarted.actions).toEqual(played.actions);
      expect(restarted.state).toEqual(played.state);
    }
  });

  const schedulers: Scheduler[] = [
    { algorithm: 'asha', compare: 'all' },
    { algorithm: 'asha-stopping', compare: 'all' },
    { algorithm: 'hyperband', compare: 'all' },
    { algorithm: 'median', compare: 'all' },
  ];
  it.each(schedulers)('goes on to the end with $algorithm', (scheduler) => {
    for (const maxConcurrent of [1, 3, 12])
      for (const afterTrials of [1, 4, 9, afterwards]) {
        const of = (trials: number) => withSearch({ trials, maxConcurrent }, { scheduler });
        const options = { extend: { afterTrials, to: of(40) } };
        const played = play(of(12), options);
        expect(played.actions.filter(({ type }) => type === 'createTrial')).toHaveLength(40);
        expect(played.actions.at(-1)?.type).toBe('completeSweep');
        expect(play(of(12), { ...options, restart: true }).actions).toEqual(played.actions);
      }
  });
});

/** Whoever went on from the lowest rung, and at which place of how many he stood then. Losses do not change. */
const promotions = ({ actions }: Played, lossOf: (trial: number) => number) => {
  const came: number[] = [];
  return actions.flatMap((action) => {
    if (action.type === 'pauseTrial' && action.epoch === 1) came.push(action.trial);
    if (action.type !== 'resumeTrial' || action.untilEpoch !== 3) return [];
    const before = came.filter((trial) => lossOf(trial) < lossOf(action.trial)).length;
    return [{ trial: action.trial, rank: before + 1, of: came.length }];
  });
};

describe('asha of a sweep that gets more trials', () => {
  const of = (trials: number) =>
    withSearch({ trials, maxConcurrent: 1 }, { scheduler: { algorithm: 'asha', compare: 'all', eta: 3 } });
  const playWith = (lossOf: (trial: number) => number, options: PlayOptions) =>
    play(of(9), { ...options, curve: (trial) => [lossOf(trial)] });

  it('promotes no trial that is worse than those it has forgotten', () => {
    const lossOf = (trial: number) => (trial <= 9 ? trial / 10 : 5 + trial);
    for (const afterTrials of [2, 1_000]) {
      const played = playWith(lossOf, { extend: { afterTrials, to: of(18) } });
      expect(promotions(played, lossOf).map(({ trial }) => trial)).toEqual([1, 2, 3]);
      expect(reasonsOf(played, 'stopTrial')).toContain(
        '12 ends at epoch 1: 17 is not surely among the best 6 of 12, of which 8 are forgotten, and no more can go on',
      );
    }
  });

  it('still promotes those that are better', () => {
    const lossOf = (trial: number) => (trial <= 9 ? trial / 10 : trial / 1_000);
    const played = playWith(lossOf, { extend: { afterTrials: 1_000, to: of(18) } });
    const promoted = promotions(played, lossOf).map(({ trial }) => trial);
    expect(promoted).toEqual(expect.arrayContaining([10, 11, 12]));
    expect(reasonsOf(played, 'resumeTrial')).toContain('10 promoted from epoch 1 to 3: 0.01 is best of 10');
  });

  it('promotes by true ranks alone, restarted or not', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = Random.seeded(seed);
      const losses = Array.from({ length: 60 }, () => random.uniform());
      const lossOf = (trial: number) => losses[trial - 1] ?? 1;
      for (const afterTrials of [3, 1_000]) {
        const options = { extend: { afterTrials, to: of(60) } };
        const played = playWith(lossOf, options);
        for (const { rank, of } of promotions(played, lossOf))
          expect(rank).toBeLessThanOrEqual(Math.ceil(of / 3));
        const restarted = playWith(lossOf, { ...options, restart: true });
        expect(restarted.actions).toEqual(played.actions);
        expect(restarted.state).toEqual(played.state);
      }
    }
  });
});

describe('a sweep that gets a wider space', () => {
  it.each(['random', 'tpe', 'gp', 'nsga-ii'] as const)('tries new values and none twice: %s', (algorithm) => {
    const pairs: [Space, Space][] = [
      [space, wide],
      [
        { depth: [8, 14, 20], batchSize: [32, 64, 128, 256] },
        { depth: [8, 14, 20, 26], batchSize: [16, 32, 64, 128, 256] },
      ],
    ];
    for (const [narrow, wider] of pairs) {
      const from = withSearch({ algorithm }, { space: narrow });
      const to = withSearch({ algorithm, trials: 20 }, { space: wider });
      expect(extensionFaults(sweepSpecSchema.parse(from), sweepSpecSchema.parse(to), [])).toEqual([]);
      const options = { extend: { afterTrials: 6, to } };
      const all = proposed(from, options);
      expect(new Set(all.map((values) => JSON.stringify(values))).size).toBe(20);
      const [old, now] = [from, to].map((input) => new SearchSpace(sweepSpecSchema.parse(input)));
      expect(all.every((values) => now?.allows(values))).toBe(true);
      expect(all.some((values) => !old?.allows(values))).toBe(true);
      const restarted = play(from, { ...options, restart: true });
      expect(restarted.actions).toEqual(play(from, options).actions);
    }
  });
});

describe('extensionFaults', () => {
  const faults = (to: Partial<SweepSpecInput>, from: Partial<SweepSpecInput> = {}, begun: number[] = []) =>
    extensionFaults(
      sweepSpecSchema.parse({ ...base, ...from }),
      sweepSpecSchema.parse({ ...base, ...from, ...to }),
      begun,
    ).map(({ path, message }) => `${path.join('.')}: ${message}`);

  it('has nothing against more of everything', () => {
    const more = { space: wide, recipe: { epochs: 12 }, budget: { maxTrials: 30, maxDeviceHours: 4 } };
    expect(faults(more, { budget: { maxTrials: 5, maxDeviceHours: 2 } })).toEqual([]);
    expect(faults({ budget: {} }, { budget: { maxDeviceHours: 2 } })).toEqual([]);
  });

  it.each<[string, Partial<SweepSpecInput>, Partial<SweepSpecInput>, number[]]>([
    [
      'trials: given 5, and the sweep has 12; allowed: 12 or more',
      { search: { algorithm: 'random', trials: 5 } },
      {},
      [],
    ],
    [
      'trials: the population of pbt is the one it began with: 12 trials; clone the sweep instead',
      { search: { algorithm: 'random', trials: 20 } },
      { scheduler: { algorithm: 'pbt', intervalEpochs: 2 } },
      [],
    ],
    ['epochs: given 5, and trials have 9; allowed: 9 or more', { recipe: { epochs: 5 } }, {}, []],
    [
      'epochs: trials 1, 3 have begun with the number of epochs there is, which their learning rate and their checkpoints go by; clone the sweep instead',
      { recipe: { epochs: 12 } },
      {},
      [1, 3],
    ],
    [
      'epochs: asha has laid out its rungs for the epochs there are; clone the sweep instead',
      { recipe: { epochs: 12 } },
      { scheduler: { algorithm: 'asha' } },
      [],
    ],
    [
      'space.depth: values can be added and not removed: 14, 20 would be gone',
      { space: { ...space, depth: [8, 26] } },
      {},
      [],
    ],
    [
      'space.learningRate: a range can only become wider: it goes from 0.01 to 1',
      { space: { ...space, learningRate: { min: 0.1, max: 10, scale: 'log' } } },
      {},
      [],
    ],
    [
      'space.weightDecay: weightDecay was not searched, and the trials there are have no value of it',
      { space: { ...space, weightDecay: [0, 0.1] } },
      {},
      [],
    ],
    [
      'space: sobol has laid its sequence over the space as it is, and points would come twice or never; clone the sweep instead',
      { space: wide },
      { search: { algorithm: 'sobol', trials: 12 } },
      [],
    ],
    [
      'space: grid goes through the space in an order that is fixed by its values; clone the sweep instead',
      { space: { depth: [8, 14] } },
      { space: { depth: [8] }, search: { algorithm: 'grid' } },
      [],
    ],
    [
      'budget.maxDeviceHours: given 1, allowed: more than 2, or null for no limit',
      { budget: { maxDeviceHours: 1 } },
      { budget: { maxDeviceHours: 2 } },
      [],
    ],
    ['budget.maxTrials: given 5, and there is no such limit to raise', { budget: { maxTrials: 5 } }, {}, []],
  ])('%s', (fault, to, from, begun) => expect(faults(to, from, begun)).toEqual([fault]));
});
