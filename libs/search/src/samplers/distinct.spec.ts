import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import { History } from '../history';
import type { Json } from '../json';
import type { Configuration, SearchSpace } from '../space/search-space';
import { spaceOf } from '../space/space-of';
import { distinct } from './distinct';
import type { Sampler } from './sampler';

const spaceWith = (space: SweepSpecInput['space']): SearchSpace =>
  spaceOf(
    sweepSpecSchema.parse({ name: 'a', dataset: { kind: 'shapes' }, space, search: { algorithm: 'grid' } }),
  );

/** Asked again and again it says the same. */
const stubborn = (values: Configuration, trials: number): Sampler & { asked: number } => ({
  asked: 0,
  size: trials,
  learns: true,
  propose() {
    this.asked++;
    return { values, reason: 'as always' };
  },
  snapshot: () => null,
});

const options = { seed: 0, imported: [], redraws: 2, repeatsContinuous: true };
const history = new History();

describe('distinct', () => {
  it('draws at random what a stubborn sampler leaves, down to the last configuration', () => {
    const space = spaceWith({ depth: [8, 14], seed: { min: 1, max: 50 } });
    const inner = stubborn({ seed: 1, depth: 8 }, 100);
    const sampler = distinct(space, options, () => inner);
    const proposals = Array.from({ length: 100 }, (_, i) => sampler.propose(i + 1, history));
    expect(new Set(proposals.map(({ values }) => space.key(values))).size).toBe(100);
    expect(proposals.every(({ values }) => space.allows(values))).toBe(true);
    expect(proposals[0]?.reason).toBe('as always');
    expect(proposals[1]?.reason).toContain('what the sampler proposes has been tried');
    expect(inner.asked).toBe(1 + 99 * 3);
  });

  it('knows a continuous configuration again where the sampler may repeat it', () => {
    const space = spaceWith({ depth: [8], learningRate: { min: 0.1, max: 1 } });
    const corner = { depth: 8, learningRate: 1 };
    for (const repeatsContinuous of [true, false]) {
      const sampler = distinct(space, { ...options, repeatsContinuous }, () => stubborn(corner, 2));
      const [first, second] = [1, 2].map((trial) => sampler.propose(trial, history).values);
      expect(first).toEqual(corner);
      if (repeatsContinuous) expect(second).not.toEqual(corner);
      else expect(second).toEqual(corner);
    }
  });

  it('remembers over a restart what has been tried and what was imported', () => {
    const space = spaceWith({ depth: [8, 14, 20], variant: ['residual', 'plain'] });
    const imported = [{ depth: 20, variant: 'plain' }] as const;
    const made = (snapshot?: Json) =>
      distinct(space, { ...options, imported }, () => stubborn({ depth: 20, variant: 'plain' }, 5), snapshot);
    let sampler = made();
    const keys = [1, 2, 3, 4, 5].map((trial) => {
      const { values } = sampler.propose(trial, history);
      sampler = made(JSON.parse(JSON.stringify(sampler.snapshot())) as Json);
      return space.key(values);
    });
    expect(new Set([...keys, space.key(imported[0])]).size).toBe(6);
  });

  it('refuses more trials than are left', () => {
    const space = spaceWith({ depth: [8, 14] });
    const made = () =>
      distinct(space, { ...options, imported: [{ depth: 8 }] }, () => stubborn({ depth: 8 }, 2));
    expect(made).toThrow('the space has only 2 distinct configurations, 1 of them imported, given 2 trials');
  });
});
