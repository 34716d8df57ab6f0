import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import { History } from '../../history';
import { SearchSpace } from '../../space/search-space';
import { median } from '../../testing/outcomes';
import { itHoldsToTheContract, play } from '../../testing/searcher-contract';
import { createSampler } from '../create-sampler';

const base = { name: 'a sweep', dataset: { kind: 'shapes' } } as const;
const search = { algorithm: 'gp', trials: 10, seed: 3, startupTrials: 4 } as const;
const mixed: SweepSpecInput = {
  ...base,
  space: {
    depth: [8, 14, 20, 26],
    learningRate: { min: 0.01, max: 1, scale: 'log' },
    batchSize: { min: 32, max: 512, scale: 'log' },
    variant: ['residual', 'plain'],
  },
  search,
};
const conditional: SweepSpecInput = {
  ...base,
  recipe: { depth: 8 },
  space: {
    optimizer: ['sgd', 'adamw'],
    momentum: { min: 0.5, max: 0.95, when: { optimizer: ['sgd'] } },
    adamBeta1: { min: 0.5, max: 0.95, when: { optimizer: ['adamw'] } },
    width: { min: 0.5, max: 2 },
  },
  constraints: ["optimizer != 'sgd' || momentum + width <= 2.5"],
  search,
};
const small: SweepSpecInput = {
  ...base,
  space: { depth: [8, 14, 20], variant: ['residual', 'plain'], momentum: [0.8, 0.9] },
  search: { ...search, trials: 12 },
};

describe('gp over a mixed space', () => itHoldsToTheContract(mixed, 10));
describe('gp over a conditional space', () => itHoldsToTheContract(conditional, 10));
describe('gp over a whole discrete space', () => itHoldsToTheContract(small, 12));

const plane: SweepSpecInput = {
  ...base,
  recipe: { depth: 8 },
  space: { momentum: { min: 0, max: 0.75 }, adamBeta1: { min: 0, max: 0.75 } },
  search: { algorithm: 'gp', trials: 30, maxConcurrent: 1 },
};

/** Dixon and Szegö's function with three minima of 0.397887, over the unit square. */
function branin(u: number, v: number): number {
  const [x, y] = [15 * u - 5, 15 * v];
  const bent = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6;
  return bent ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
}

function bestOfBranin(input: SweepSpecInput): number {
  const seen: number[] = [];
  play(input, {
    curve: (_, { momentum, adamBeta1 }) => {
      const value = branin(Number(momentum) / 0.75, Number(adamBeta1) / 0.75);
      seen.push(value);
      return [value];
    },
  });
  return Math.min(...seen) - 0.397887;
}

describe('gp', () => {
  const seeds = [1, 2, 3];

  it('comes far nearer to the minimum of a smooth function in 30 trials than random draws', () => {
    const regret = (algorithm: 'gp' | 'random') =>
      median(
        seeds.map((seed) =>
          bestOfBranin({ ...plane, search: { algorithm, trials: 30, seed, maxConcurrent: 1 } }),
        ),
      );
    expect(regret('gp')).toBeLessThan(0.02);
    expect(regret('random')).toBeGreaterThan(20 * regret('gp'));
  });

  it('learns from imported trials without random ones of its own', () => {
    const trials = Array.from({ length: 8 }, (_, i) => {
      const [u, v] = [(i * 0.618) % 1, (i * 0.414) % 1];
      return { values: { momentum: 0.75 * u, adamBeta1: 0.75 * v }, objectives: [branin(u, v)] };
    });
    const { actions } = play({ ...plane, search: { algorithm: 'gp', trials: 1 }, warmStart: { trials } });
    expect(actions[0]).toMatchObject({ reason: expect.stringContaining('over 8 results') as string });
  });

  it('proposes apart from what is in flight', () => {
    const spec = sweepSpecSchema.parse({
      ...plane,
      search: { algorithm: 'gp', trials: 30, startupTrials: 8 },
    });
    const history = new History();
    for (let trial = 1; trial <= 8; trial++) {
      const [u, v] = [(trial * 0.618) % 1, (trial * 0.414) % 1];
      const values = { momentum: 0.75 * u, adamBeta1: 0.75 * v };
      history.set({ trial, values, state: 'complete', epoch: 3, losses: [branin(u, v)] });
    }
    const sampler = createSampler(spec, new SearchSpace(spec));
    const places = Array.from({ length: 4 }, (_, i) => {
      const { values } = sampler.propose(9 + i, history);
      history.set({ trial: 9 + i, values, state: 'running', epoch: 0, losses: [Infinity] });
      return [Number(values.momentum), Number(values.adamBeta1)] as const;
    });
    const distances = places.flatMap(([x, y], i) =>
      places.slice(0, i).map(([otherX, otherY]) => Math.hypot(x - otherX, y - otherY)),
    );
    expect(Math.min(...distances)).toBeGreaterThan(0.02);
  });

  it('looks at results of trials that were stopped early as such', () => {
    // Half of the trials were stopped after one epoch of 100 with twice the loss: the best place is among them.
    const spec = sweepSpecSchema.parse({ ...plane, recipe: { depth: 8, epochs: 100 } });
    const history = new History();
    for (let trial = 1; trial <= 20; trial++) {
      const [u, v] = [(trial * 0.618) % 1, (trial * 0.414) % 1];
      const loss = 1 + (u - 0.3) ** 2 + (v - 0.6) ** 2;
      const values = { momentum: 0.75 * u, adamBeta1: 0.75 * v };
      const isStopped = u < 0.4;
      history.set({
        trial,
        values,
        state: isStopped ? 'stopped' : 'complete',
        epoch: isStopped ? 1 : 100,
        losses: [isStopped ? 2 * loss : loss],
      });
    }
    const { values } = createSampler(spec, new SearchSpace(spec)).propose(21, history);
    // Were the stopped ones taken for trained ones, it would be 0.48.
    expect(Number(values.momentum) / 0.75).toBeCloseTo(0.3, 1);
  });
});
