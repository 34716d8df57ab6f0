import { sweepSpecSchema, type Comparison as CompareBy, type SweepSpecInput } from '@fathom/contracts';
import { SearchSpace } from '../space/search-space';
import { Comparison } from './comparison';

const setup = (input: Partial<SweepSpecInput> = {}, epochCost = ({ depth }: { depth: number }) => depth) => {
  const spec = sweepSpecSchema.parse({
    name: 'comparison',
    dataset: { kind: 'shapes' },
    space: { depth: [8, 14, 20], learningRate: { min: 0.01, max: 1, scale: 'log' } },
    search: { algorithm: 'random', trials: 9 },
    ...input,
  });
  return { spec, context: { epochCost }, space: new SearchSpace(spec), epochs: 27 };
};
const comparison = (by: CompareBy, ...args: Parameters<typeof setup>) => new Comparison(by, setup(...args));

describe('Comparison', () => {
  it('groups by depth, and by variant where that is searched too', () => {
    expect(comparison('all').groupOf({ depth: 8 })).toBe('');
    expect(comparison('depth').groupOf({ depth: 8 })).toBe('depth 8');
    expect(comparison('depth', { space: { seed: [1] }, recipe: { depth: 20 } }).groupOf({ seed: 1 })).toBe(
      'depth 20',
    );
    const both = comparison('depth', { space: { depth: [8, 14], variant: ['plain', 'residual'] } });
    expect(both.groupOf({ depth: 14, variant: 'plain' })).toBe('depth 14, plain');
  });

  it('paces by the median network of the space, which it finds once and only when a trial begins', () => {
    let asked = 0;
    const counting = ({ depth }: { depth: number }) => {
      asked++;
      return depth ** 2;
    };
    const byCost = comparison('cost', {}, counting);
    expect(asked).toBe(0);
    expect([8, 14, 20].map((depth) => byCost.paceOf({ depth, learningRate: 0.1 }))).toEqual([
      64 / 196,
      1,
      400 / 196,
    ]);
    expect(asked).toBe(101 + 3);
    const again = new Comparison('cost', setup({}, counting), byCost.snapshot());
    expect(again.paceOf({ depth: 14, learningRate: 0.1 })).toBe(1);
    expect(asked).toBe(105);
    expect(comparison('all', {}, counting).paceOf({ depth: 20, learningRate: 0.1 })).toBe(1);
  });

  it('takes networks without a usable cost for typical ones', () => {
    expect(comparison('cost', {}, () => NaN).paceOf({ depth: 8, learningRate: 0.1 })).toBe(1);
    expect(comparison('cost', {}, () => 0).paceOf({ depth: 8, learningRate: 0.1 })).toBe(1);
  });

  it('scores by what was reported, or by what the curve promises', () => {
    for (const by of ['all', 'curve'] as const) {
      const scores = comparison(by);
      for (let epoch = 1; epoch <= 6; epoch++) scores.reported(1, epoch, [0.2 + 0.5 / epoch]);
      expect(scores.scoreOf(1, [0.4])[0]).toBeCloseTo(by === 'all' ? 0.4 : 0.2 + 0.5 / 27, 10);
      expect(scores.scoreOf(1, [Infinity])).toEqual([Infinity]);
      expect(scores.scoreOf(2, [0.4])).toEqual([0.4]);
      scores.ended(1);
      expect(scores.snapshot()).toMatchObject({ curves: [] });
    }
  });
});
