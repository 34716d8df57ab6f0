import { plausibleError, plausibleMetric } from './learning-curves';

const settings = { depth: 20, learningRate: 0.1 };
const errorOf = (more: Partial<typeof settings>, epoch: number, trial = 1) =>
  plausibleError({ ...settings, ...more }, epoch, 30, trial);
const mean = (of: (trial: number) => number) =>
  Array.from({ length: 200 }, (_, i) => of(i)).reduce((a, b) => a + b) / 200;

describe('plausibleError', () => {
  it('falls from near chance, is a share, and is the same whenever it is asked', () => {
    const errors = Array.from({ length: 30 }, (_, i) => errorOf({}, i + 1));
    expect(errors[0]).toBeGreaterThan(0.5);
    expect(errors[29]).toBeLessThan(0.3);
    for (const error of errors) expect(error >= 0 && error <= 1).toBe(true);
    expect(errors).toEqual(Array.from({ length: 30 }, (_, i) => errorOf({}, i + 1)));
  });

  it('lets deep networks start worse and end better', () => {
    const at = (depth: number, epoch: number) => mean((trial) => errorOf({ depth }, epoch, trial));
    expect(at(56, 3)).toBeGreaterThan(at(8, 3));
    expect(at(56, 30)).toBeLessThan(at(8, 30));
  });

  it('has a best learning rate, trials of more and less luck, and other luck with another seed', () => {
    for (const learningRate of [0.001, 1])
      expect(mean((trial) => errorOf({ learningRate }, 30, trial))).toBeGreaterThan(
        mean((trial) => errorOf({}, 30, trial)),
      );
    expect(new Set([1, 2, 3, 4].map((trial) => errorOf({}, 30, trial))).size).toBe(4);
    expect(plausibleError(settings, 30, 30, 1, 7)).not.toBe(errorOf({}, 30));
  });
});

describe('plausibleMetric', () => {
  it('gives every objective a number', () => {
    const facts = { trainSeconds: 12, parameters: 345 };
    expect(plausibleMetric('validationError', 0.2, facts)).toBe(0.2);
    expect(plausibleMetric('validationLoss', 0.2, facts)).toBeCloseTo(0.6);
    expect(plausibleMetric('trainSeconds', 0.2, facts)).toBe(12);
    expect(plausibleMetric('parameters', 0.2, facts)).toBe(345);
  });
});
