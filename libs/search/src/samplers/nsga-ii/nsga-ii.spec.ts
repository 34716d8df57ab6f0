import type { SweepSpecInput } from '@fathom/contracts';
import { History, type Observation } from '../../history';
import { hypervolume } from '../../hypervolume';
import { Random } from '../../random';
import { dimensionOf } from '../../space/dimension';
import type { Configuration } from '../../space/search-space';
import { configurationsOf, median } from '../../testing/outcomes';
import { itHoldsToTheContract, play } from '../../testing/searcher-contract';
import { conditionalSpace, twoObjectives, type SeededSearch } from '../../testing/spaces';
import { Generations } from './generations';
import { childOf, polynomial, simulatedBinary } from './variation';

const base = { name: 'nsga-ii', dataset: { kind: 'shapes' }, recipe: { epochs: 2 } } as const;
const mixed: SweepSpecInput['space'] = {
  depth: [8, 14, 20, 26],
  variant: ['residual', 'plain'],
  learningRate: { min: 0.001, max: 1, scale: 'log' },
  batchSize: { min: 32, max: 512, step: 32 },
  momentum: { min: 0.5, max: 0.99 },
};
const specOf = (
  space: SweepSpecInput['space'],
  search: Partial<Extract<SweepSpecInput['search'], { algorithm: 'nsga-ii' }>> = {},
  rest: Partial<SweepSpecInput> = {},
): SweepSpecInput => ({
  ...base,
  space,
  search: { algorithm: 'nsga-ii', trials: 40, seed: 3, populationSize: 8, ...search },
  ...rest,
});

describe('nsga-ii over a mixed space', () => itHoldsToTheContract(specOf(mixed), 40));
describe('nsga-ii, one at a time', () => itHoldsToTheContract(specOf(mixed, { maxConcurrent: 1 }), 40));
describe('nsga-ii, seven at a time', () => itHoldsToTheContract(specOf(mixed, { maxConcurrent: 7 }), 40));
describe('nsga-ii over a conditional space', () => itHoldsToTheContract(specOf(conditionalSpace), 40));
describe('nsga-ii with two objectives', () => itHoldsToTheContract(specOf(mixed, {}, twoObjectives), 40));
describe('nsga-ii over a whole finite space', () =>
  itHoldsToTheContract(specOf({ depth: [8, 14, 20, 26], seed: { min: 1, max: 5 } }, { trials: 20 }), 20));
describe('nsga-ii under a constraint', () =>
  itHoldsToTheContract(specOf(mixed, {}, { constraints: ['depth * batchSize <= 2560'] }), 40));

describe('the front of nsga-ii', () => {
  /** Error against cost: deep networks with small batches are good and dear; the rest only costs. */
  const losses = ({ depth, batchSize, learningRate, momentum, variant }: Configuration): [number, number] => {
    const waste = Math.log10(Number(learningRate) / 0.05) ** 2 + (3 * (Number(momentum) - 0.9)) ** 2;
    const cost = Number(depth) / 26 + 32 / Number(batchSize);
    return [1 / (1 + cost) + waste + (variant === 'plain' ? 0.1 : 0), cost / 2 + 0.3 * waste];
  };
  const covered = (search: SeededSearch, seed: number, restart = false): number => {
    const spec = { ...specOf(mixed, {}, twoObjectives), search: { ...search, seed } };
    const played = play(spec, { curve: (_, values) => losses(values), restart });
    return hypervolume(configurationsOf(played).map(losses), [1, 1]);
  };
  const seeds = [1, 2, 3, 4, 5, 6, 7];

  it('covers more than the one of random search after as many trials', () => {
    const nsga2 = median(seeds.map((seed) => covered({ algorithm: 'nsga-ii', trials: 200 }, seed)));
    const random = median(seeds.map((seed) => covered({ algorithm: 'random', trials: 200 }, seed)));
    expect(nsga2).toBeGreaterThan(1.1 * random);
  });

  it('is the same when the coordinator restarts at every step', () => {
    const search = { algorithm: 'nsga-ii', trials: 60, populationSize: 8 } as const;
    expect(covered(search, 1, true)).toBe(covered(search, 1));
  });
});

describe('generations', () => {
  const observation = (trial: number, rest: Partial<Observation>): Observation => ({
    trial,
    values: { seed: trial },
    state: 'complete',
    epoch: 3,
    losses: [trial],
    ...rest,
  });
  const seedsOf = (generations: Generations) => generations.parents.map(({ seed }) => seed);

  it('take the best of parents and children as soon as as many results are known as a generation has', () => {
    const history = new History();
    const generations = new Generations(3);
    const tell = (...observations: Observation[]) => {
      for (const each of observations) history.set(each);
      generations.advance(history);
    };
    tell(observation(1, {}), observation(2, { state: 'running', epoch: 1 }), observation(3, {}));
    expect(generations).toMatchObject({ generation: 0, known: 2, parents: [] });
    tell(observation(4, { state: 'failed', losses: [Infinity] }));
    expect(generations).toMatchObject({ generation: 1, known: 0 });
    expect(seedsOf(generations)).toEqual([1, 3]);
    tell(observation(2, {}), observation(5, {}));
    expect(seedsOf(generations)).toEqual([1, 3]);
    tell(observation(6, { losses: [0] }));
    expect(seedsOf(generations)).toEqual([6, 1, 2]);
  });

  it('rank paused trials behind complete ones, by how far they got, and notice when they go on', () => {
    const history = new History();
    const generations = new Generations(3);
    history.set(observation(1, { state: 'paused', epoch: 1, losses: [0.1] }));
    history.set(observation(2, { state: 'paused', epoch: 2, losses: [0.5] }));
    history.set(observation(3, { losses: [0.9] }));
    generations.advance(history);
    expect(seedsOf(generations)).toEqual([3, 2, 1]);
    history.set(observation(1, { losses: [0.2] }));
    for (const trial of [4, 5, 6]) history.set(observation(trial, { state: 'failed', losses: [Infinity] }));
    generations.advance(history);
    expect(seedsOf(generations)).toEqual([1, 3, 2]);
  });
});

describe('variation', () => {
  const { uniform } = Random.seeded(1);
  const draws = Array.from({ length: 20_000 }, uniform);
  const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  it('crosses to both sides of the middle of the parents, close to them, inside the bounds', () => {
    const upper = draws.map((u) => simulatedBinary(0.4, 0.6, u, true));
    const lower = draws.map((u) => simulatedBinary(0.6, 0.4, u, false));
    expect(meanOf(upper)).toBeCloseTo(0.6, 2);
    expect(meanOf(lower)).toBeCloseTo(0.4, 2);
    // Both children of one draw have the middle of their parents.
    upper.forEach((value, i) => expect(value + lower[i]!).toBeCloseTo(1, 12));
    for (const u of [0, 0.5, 1 - 2 ** -53])
      for (const isUpper of [true, false]) {
        const child = simulatedBinary(0, 0.9, u, isUpper);
        expect(child).toBeGreaterThanOrEqual(0);
        expect(child).toBeLessThanOrEqual(1);
      }
  });

  it('mutates to both sides of a place, less far the nearer', () => {
    const places = draws.map((u) => polynomial(0.3, u));
    // The median of a mutation is no change.
    expect(places.filter((place) => place < 0.3).length / places.length).toBeCloseTo(0.5, 1);
    expect(polynomial(0.3, 0)).toBeCloseTo(0, 12);
    expect(polynomial(0.3, 1 - 2 ** -53)).toBeCloseTo(1, 1);
    expect(meanOf(places.map((place) => Math.abs(place - 0.3)))).toBeLessThan(0.1);
  });

  it('gives a child what only one parent has, and a coarse parameter that mutates its next value', () => {
    const dimensions = [
      dimensionOf('depth', [8, 14, 20]),
      dimensionOf('momentum', { min: 0.5, max: 0.9, scale: 'linear' }),
    ];
    const random = Random.seeded(2);
    const children = Array.from({ length: 2_000 }, () =>
      childOf([0.5, undefined], [0.5, 0.25], dimensions, random),
    );
    const depths = children.map(([depth]) => dimensions[0]!.fromUnit(depth!));
    const share = (value: number) => depths.filter((depth) => depth === value).length / depths.length;
    // One in two mutates, and of these one in two either way.
    expect(share(14)).toBeCloseTo(0.5, 1);
    expect(share(8)).toBeCloseTo(0.25, 1);
    expect(children.filter(([, momentum]) => momentum === 0.25).length / children.length).toBeCloseTo(0.5, 1);
  });
});
