import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import { History } from '../../history';
import { hypervolume } from '../../hypervolume';
import { SearchSpace, type Configuration } from '../../space/search-space';
import { configurationsOf, median } from '../../testing/outcomes';
import { itHoldsToTheContract, play } from '../../testing/searcher-contract';
import { conditionalSpace, twoObjectives, type SeededSearch } from '../../testing/spaces';
import { tpeSampler } from './tpe';

const base = { name: 'tpe', dataset: { kind: 'shapes' }, recipe: { epochs: 2 } } as const;
const mixed: SweepSpecInput['space'] = {
  depth: [8, 14, 20, 26],
  learningRate: { min: 0.001, max: 1, scale: 'log' },
  batchSize: { min: 32, max: 512, step: 32 },
  momentum: { min: 0.5, max: 0.99 },
  accumulationSteps: { min: 1, max: 64, scale: 'log' },
};
const specOf = (
  space: SweepSpecInput['space'],
  search: Partial<Extract<SweepSpecInput['search'], { algorithm: 'tpe' }>> = {},
  rest: Partial<SweepSpecInput> = {},
): SweepSpecInput => ({
  ...base,
  space,
  search: { algorithm: 'tpe', trials: 30, seed: 3, candidates: 8, ...search },
  ...rest,
});

describe('tpe over a mixed space', () => itHoldsToTheContract(specOf(mixed), 30));
describe('tpe, one at a time', () => itHoldsToTheContract(specOf(mixed, { maxConcurrent: 1 }), 30));
describe('tpe, seven at a time', () => itHoldsToTheContract(specOf(mixed, { maxConcurrent: 7 }), 30));
describe('tpe over a conditional space', () => itHoldsToTheContract(specOf(conditionalSpace), 30));
describe('tpe with two objectives', () => itHoldsToTheContract(specOf(mixed, {}, twoObjectives), 30));
describe('tpe over a whole finite space', () =>
  itHoldsToTheContract(specOf({ depth: [8, 14, 20, 26], seed: { min: 1, max: 5 } }, { trials: 20 }), 20));
describe('tpe with asha', () =>
  itHoldsToTheContract(
    specOf(mixed, {}, { scheduler: { algorithm: 'asha', eta: 2 }, recipe: { epochs: 4 } }),
    30,
  ));
describe('tpe under constraints', () => {
  const constraints = ['batchSize * accumulationSteps <= 2048', 'depth < 20 || momentum > 0.8'];
  itHoldsToTheContract(specOf(mixed, {}, { constraints }), 30);

  it('keeps them', () => {
    const space = new SearchSpace(sweepSpecSchema.parse(specOf(mixed, {}, { constraints })));
    const proposed = configurationsOf(play(specOf(mixed, { trials: 60 }, { constraints })));
    expect(proposed.filter((values) => !space.allows(values))).toEqual([]);
  });
});

/** Lowest, 0, at learningRate 0.05, momentum 0.9, depth 20. */
const bowl = (values: Configuration): number =>
  Math.log10(Number(values.learningRate) / 0.05) ** 2 +
  (5 * (Number(values.momentum) - 0.9)) ** 2 +
  (values.depth === 20 ? 0 : 0.3);

describe('the quality of tpe', () => {
  const best = (search: SeededSearch, seed: number): number => {
    const played = play(
      { ...specOf(mixed), search: { ...search, seed } },
      { curve: (_, values) => [bowl(values)] },
    );
    return Math.min(...configurationsOf(played).map(bowl));
  };
  const seeds = Array.from({ length: 5 }, (_, i) => i + 1);

  it('comes much closer to the lowest loss in 60 trials than random search', () => {
    const tpe = median(seeds.map((seed) => best({ algorithm: 'tpe', trials: 60, candidates: 24 }, seed)));
    const random = median(seeds.map((seed) => best({ algorithm: 'random', trials: 60 }, seed)));
    expect(tpe).toBeLessThan(random / 3);
  });

  it('covers more of two objectives in 80 trials than random search', () => {
    // Each is lowest at another learning rate, so that there is a front between the two.
    const losses = (values: Configuration) => [
      bowl(values),
      bowl({ ...values, learningRate: Number(values.learningRate) * 10 }),
    ];
    const covered = (search: SeededSearch, seed: number): number => {
      const spec = { ...specOf(mixed, {}, twoObjectives), search: { ...search, seed } };
      return hypervolume(
        configurationsOf(play(spec, { curve: (_, values) => losses(values) })).map(losses),
        [2, 2],
      );
    };
    const tpe = median(seeds.map((seed) => covered({ algorithm: 'tpe', trials: 80, candidates: 24 }, seed)));
    const random = median(seeds.map((seed) => covered({ algorithm: 'random', trials: 80 }, seed)));
    // 3.3 is the whole.
    expect(3.3 - tpe).toBeLessThan((3.3 - random) / 2);
  });
});

describe('a model', () => {
  const sampler = (space: SweepSpecInput['space'], candidates = 24) => {
    const spec = sweepSpecSchema.parse(specOf(space, { candidates }));
    return { space: new SearchSpace(spec), sampler: tpeSampler(new SearchSpace(spec), spec.search as never) };
  };

  it('counts imported results as startup trials', () => {
    const history = new History();
    const { space, sampler: tpe } = sampler(mixed);
    let u = 0;
    for (let trial = 0; trial > -10; trial--) {
      const values = space.draw(() => (u = (u + 0.37) % 1));
      history.set({ trial, values, state: 'complete', epoch: 2, losses: [bowl(values)] });
    }
    expect(tpe.propose(1, history).reason).toMatch(/^drawn like the best 1 of 10 results/);
  });
});
