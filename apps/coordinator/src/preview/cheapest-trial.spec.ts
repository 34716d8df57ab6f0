import type { SweepSpecInput } from '@fathom/contracts';
import { CostModel } from '@fathom/search';
import { aSweepSpec } from '@fathom/testkit';
import { budgetViolations } from './budget-rule';
import { cheapestTrial } from './cheapest-trial';
import { epochPredictor, type EpochPredictor } from './fleet-costs';

const specOf = (space: SweepSpecInput['space'], more: Partial<SweepSpecInput> = {}) =>
  aSweepSpec({ search: { algorithm: 'random', trials: 20 }, space, recipe: {}, ...more });
const perLayer: EpochPredictor = ({ depth }) => ({ expected: depth, low: depth / 2, high: 2 * depth });
const least = (spec: ReturnType<typeof specOf>, predict = perLayer) => cheapestTrial(spec, predict)?.expected;

const large: SweepSpecInput['space'] = {
  depth: { min: 8, max: 110, step: 6 },
  epochs: { min: 1, max: 100 },
  learningRate: { min: 0.001, max: 1, scale: 'log' },
};

describe('cheapestTrial', () => {
  it('is the shallowest for the fewest epochs, however large the space', () => {
    expect(cheapestTrial(specOf(large), perLayer)).toEqual({ expected: 8, low: 4, high: 16 });
  });

  it('looks at the ends of continuous ranges, and at the largest batch', () => {
    const space = { depth: [8], width: { min: 0.5, max: 2 }, batchSize: { min: 10, max: 1_000 } };
    const predict: EpochPredictor = ({ width, batchSize }) => {
      const expected = width * (1 + 1_000 / batchSize);
      return { expected, low: expected, high: expected };
    };
    expect(least(specOf(space, { recipe: { epochs: 4 } }), predict)).toBe(4);
  });

  it('takes what others depend on value by value, and the recipe where a condition says so', () => {
    const space: SweepSpecInput['space'] = {
      epochs: { min: 2, max: 6 },
      depth: { values: [8, 14], when: { epochs: [3] } },
    };
    expect(least(specOf(space, { recipe: { depth: 20 } }))).toBe(24);
  });

  it('may fall below what constraints leave, and passes over what they exclude because it cannot be built', () => {
    const constraints = ['depth * epochs >= 100', "block != 'bottleneck' || depth == 29"];
    const space = { ...large, depth: [8, 29], block: ['basic', 'bottleneck'] };
    const real = epochPredictor(
      { model: CostModel.from([]) },
      { dataset: specOf(large).dataset, trainImages: 200 },
    );
    const seconds = least(specOf(space, { constraints }), real);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(Infinity);
  });

  it('is not known of too many combinations', () => {
    const widths = Array.from({ length: 200 }, (_, index) => 0.5 + index / 100);
    expect(least(specOf({ ...large, width: widths }))).toBeUndefined();
  });
});

describe('budgetViolations', () => {
  const network = { macs: 1e6, activationBytes: 1e5, parameters: 1e4, updateMacs: 0 };
  const measured = { network, precision: 'float32', batchSize: 128, trainImages: 9_000 } as const;
  const model = CostModel.from([{ ...measured, validationImages: 1_000, seconds: 1_000 }]);
  const costs = { model, trainImagesOf: () => undefined };
  const sweep = (budget: SweepSpecInput['budget'], space = large) =>
    specOf(space, { dataset: { kind: 'shapes' }, budget });
  const { dataset } = sweep({});
  const { low = 0 } = cheapestTrial(sweep({}), epochPredictor(costs, { dataset, trainImages: 9_000 })) ?? {};
  const within = (maxWallClockSeconds: number, space?: SweepSpecInput['space']) =>
    budgetViolations(sweep({ maxWallClockSeconds }, space), costs).map(({ path }) => path);

  it('refuse what is too little for every trial, and nothing that one could end in', () => {
    expect(low).toBeGreaterThan(100);
    expect(within(Math.floor(low))).toEqual(['$.budget.maxWallClockSeconds']);
    expect(within(Math.ceil(low))).toEqual([]);
  });

  it('let pass what there are too many combinations of', () => {
    const widths = Array.from({ length: 200 }, (_, index) => 0.5 + index / 100);
    expect(within(1, { ...large, width: widths })).toEqual([]);
  });
});
