import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import { History } from '../../history';
import { SearchSpecError } from '../../search-spec-error';
import { createSearcher } from '../../searcher';
import { SearchSpace } from '../../space/search-space';
import { median } from '../../testing/outcomes';
import { context, itHoldsToTheContract, play } from '../../testing/searcher-contract';
import { createSampler } from '../create-sampler';

const base = { name: 'a sweep', dataset: { kind: 'shapes' } } as const;
const numeric: SweepSpecInput = {
  ...base,
  space: {
    depth: [8, 14, 20, 26],
    learningRate: { min: 0.01, max: 1, scale: 'log' },
    batchSize: { min: 32, max: 512, scale: 'log' },
    momentum: { min: 0.8, max: 0.95 },
  },
  search: { algorithm: 'cma-es', trials: 30, seed: 3 },
};
const constrained: SweepSpecInput = {
  ...base,
  recipe: { depth: 8 },
  space: { momentum: { min: 0.5, max: 0.95 }, width: { min: 0.5, max: 2 }, epochs: [1, 2, 3] },
  constraints: ['momentum + width <= 1.8'],
  search: { algorithm: 'cma-es', trials: 20, populationSize: 5, maxConcurrent: 8 },
};
const discrete: SweepSpecInput = {
  ...base,
  space: { depth: [8, 14, 20, 26], momentum: [0.7, 0.8, 0.9] },
  search: { algorithm: 'cma-es', trials: 12, seed: 1 },
};

describe('cma-es over numbers', () => itHoldsToTheContract(numeric, 30));
describe('cma-es under a constraint, with more places than a generation', () =>
  itHoldsToTheContract(constrained, 20));
describe('cma-es over a whole discrete space', () => itHoldsToTheContract(discrete, 12));

const names = ['momentum', 'adamBeta1', 'adamBeta2', 'labelSmoothing'] as const;
const cube: SweepSpecInput = {
  ...base,
  recipe: { depth: 8 },
  space: Object.fromEntries(names.map((name) => [name, { min: 0, max: 0.75 }])),
  search: { algorithm: 'cma-es', trials: 300 },
};

/** Axes of lengths 1 to 30, at an angle to the coordinates: no coordinate can be improved on its own. */
function ellipsoid(values: Readonly<Record<string, unknown>>): number {
  const x = names.map((name, i) => Number(values[name]) / 0.75 - 0.35 - 0.1 * i);
  const turned = [
    [1, 1, 1, 1],
    [1, -1, 1, -1],
    [1, 1, -1, -1],
    [1, -1, -1, 1],
  ].map((axis) => axis.reduce((sum, value, i) => sum + (value / 2) * x[i]!, 0));
  return turned.reduce((sum, value, i) => sum + 10 ** i * value * value, 0);
}

function bestOf(input: SweepSpecInput): number {
  let best = Infinity;
  play(input, {
    curve: (_, values) => {
      const value = ellipsoid(values);
      best = Math.min(best, value);
      return [value];
    },
  });
  return best;
}

describe('cma-es', () => {
  it.each([1, 4])('leaves random draws far behind on a rotated ellipsoid, %i at a time', (maxConcurrent) => {
    const regret = (algorithm: 'cma-es' | 'random') =>
      median(
        [1, 2, 3, 4, 5].map((seed) =>
          bestOf({ ...cube, search: { algorithm, trials: 300, seed, maxConcurrent } }),
        ),
      );
    expect(regret('random')).toBeGreaterThan(300 * regret('cma-es'));
  });

  it('begins at the best imported trial', () => {
    const at = (u: number) => Object.fromEntries(names.map((name) => [name, 0.75 * u]));
    const { actions } = play({
      ...cube,
      search: { algorithm: 'cma-es', trials: 200, maxConcurrent: 200 },
      warmStart: { trials: [0.1, 0.8, 0.5].map((u, i) => ({ values: at(u), objectives: [[2, 1, 3][i]!] })) },
    });
    const drawn = actions.flatMap((a) =>
      a.type === 'createTrial' ? [Number(a.values.momentum) / 0.75] : [],
    );
    expect(median(drawn)).toBeGreaterThan(0.7);
  });

  it('waits for the slowest of a generation and loses no result', () => {
    const spec = sweepSpecSchema.parse({
      ...cube,
      search: { algorithm: 'cma-es', trials: 300, populationSize: 6 },
    });
    const sampler = createSampler(spec, new SearchSpace(spec));
    // Of the history the newest two only are kept: each result has to be taken from it while it is there.
    const history = new History({ best: 1, recent: 1 });
    const generationOf = (reason: string) => Number(/generation (\d+)/.exec(reason)?.[1]);
    const propose = (trial: number) => {
      const { values, reason } = sampler.propose(trial, history);
      history.set({ trial, values, state: 'running', epoch: 0, losses: [Infinity] });
      return { trial, values, generation: generationOf(reason) };
    };
    const end = ({ trial, values }: ReturnType<typeof propose>) => {
      history.set({ trial, values, state: 'complete', epoch: 3, losses: [ellipsoid(values)] });
    };
    const slow = propose(1);
    for (let trial = 2; trial <= 12; trial++) {
      const proposed = propose(trial);
      expect(proposed.generation).toBe(1);
      end(proposed);
    }
    end(slow);
    // Both the first generation and the one that was drawn while it was awaited are complete now.
    expect(propose(13).generation).toBe(3);
  });

  const alone = (trials: number, loss: (values: Readonly<Record<string, unknown>>) => number) => {
    const spec = sweepSpecSchema.parse({ ...cube, search: { algorithm: 'cma-es', trials } });
    const space = new SearchSpace(spec);
    const sampler = createSampler(spec, space);
    const history = new History();
    return Array.from({ length: trials }, (_, i) => {
      const { values } = sampler.propose(i + 1, history);
      expect(space.allows(values)).toBe(true);
      history.set({ trial: i + 1, values, state: 'complete', epoch: 3, losses: [loss(values)] });
      return values;
    });
  };

  it('stays inside the space where all points are equally good', () => {
    expect(alone(1_000, () => 1)).toHaveLength(1_000);
  });

  it('begins anew where it has come to its end', () => {
    const tried = alone(1_500, (values) =>
      names.reduce((sum, name) => sum + (Number(values[name]) - 0.3) ** 2, 0),
    );
    const wide = tried.map(({ momentum }, i) => (Math.abs(Number(momentum) - 0.3) > 0.05 ? i : -1));
    expect(wide.filter((i) => i > 600).length).toBeGreaterThan(20);
    // In between it was at the minimum.
    expect(tried.some((values) => names.every((name) => Math.abs(Number(values[name]) - 0.3) < 1e-8))).toBe(
      true,
    );
  });

  it.each([
    [
      'a choice without an order',
      { space: { variant: ['residual', 'plain'], momentum: [0.8, 0.9] }, recipe: { depth: 8 } },
    ],
    ['several objectives', { furtherObjectives: [{ metric: 'parameters' as const }] }],
  ])('refuses %s and says what to use', (_, change) => {
    const spec = sweepSpecSchema.parse({ ...cube, ...change, search: { algorithm: 'cma-es', trials: 2 } });
    expect(() => createSearcher(spec, context)).toThrow(SearchSpecError);
    expect(() => createSearcher(spec, context)).toThrow(/use tpe/);
  });
});
