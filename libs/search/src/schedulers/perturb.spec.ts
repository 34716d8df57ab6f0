import { sweepSpecSchema } from '@fathom/contracts';
import { Random } from '../random';
import { SearchSpace } from '../space/search-space';
import { changeInWords, perturb } from './perturb';

const space = new SearchSpace(
  sweepSpecSchema.parse({
    name: 'perturb',
    dataset: { kind: 'shapes' },
    space: {
      depth: [8, 14],
      learningRate: { min: 0.01, max: 1, scale: 'log' },
      momentum: { min: 0.5, max: 0.9, step: 0.1 },
      augment: ['none', 'flip', 'pad-crop-flip'],
    },
    search: { algorithm: 'random', trials: 1 },
  }),
);
const mutate = new Set(['learningRate', 'momentum', 'augment'] as const);
const values = { depth: 8, learningRate: 0.1, momentum: 0.7, augment: 'flip' } as const;
const many = (from: typeof values | Record<string, unknown>, resampleProbability: number) => {
  const random = Random.seeded(3);
  return Array.from({ length: 200 }, () =>
    perturb(from as typeof values, space, random, { mutate, resampleProbability, factors: [0.8, 1.2] }),
  );
};
const seen = (from: Parameters<typeof many>[0], name: keyof typeof values, resample = 0) =>
  [...new Set(many(from, resample).map((changed) => changed[name]))].sort();

describe('perturb', () => {
  it('multiplies numbers by a factor, moves a list by one place, and lets the rest be', () => {
    expect(seen(values, 'learningRate')).toEqual([0.08, 0.12]);
    expect(seen(values, 'augment')).toEqual(['none', 'pad-crop-flip']);
    expect(seen(values, 'depth')).toEqual([8]);
  });

  it('keeps steps, ranges and the ends of lists', () => {
    // 0.56 and 0.84 are nearest to the steps 0.6 and 0.8.
    expect(seen(values, 'momentum')).toEqual([0.6, 0.8]);
    expect(seen({ ...values, learningRate: 0.9 }, 'learningRate')).toEqual([0.72, 1]);
    expect(seen({ ...values, augment: 'none' }, 'augment')).toEqual(['flip', 'none']);
  });

  it('draws anew with the probability given', () => {
    expect(seen(values, 'learningRate', 1).length).toBe(200);
    const drawn = many(values, 0.25).filter(
      ({ learningRate }) => ![0.08, 0.12].includes(Number(learningRate)),
    );
    expect(drawn.length).toBeGreaterThan(30);
    expect(drawn.length).toBeLessThan(70);
  });

  it('says what has changed', () => {
    const changed = { ...values, learningRate: 0.0823456, augment: 'none' } as const;
    expect(changeInWords(values, changed)).toBe('learningRate 0.1 to 0.08235, augment flip to none');
    expect(changeInWords(values, values)).toBe('');
  });
});
