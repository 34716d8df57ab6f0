import { gpReference } from '../../../../../test/parity/gp-reference';
import { logExpectedImprovement, logH } from './log-expected-improvement';

describe('logH', () => {
  it.each(gpReference.normal.logH)(
    'at %d is that of 40 digits, also where h is 0 in doubles',
    (z, expected) => {
      expect(Math.abs(logH(z) / expected - 1)).toBeLessThan(1e-12);
    },
  );

  it('rises without a jump where its forms meet', () => {
    for (const seam of [-100, -1]) {
      const rise = logH(seam + 1e-9) - logH(seam - 1e-9);
      expect(rise).toBeGreaterThan(0);
      expect(rise / 2e-9 / -seam).toBeLessThan(2);
    }
  });
});

describe('logExpectedImprovement', () => {
  it.each([
    [0.3, 0.5, 0.1],
    [4, 0.01, -1],
    [-2, 1, 1],
    [3, 0.0001, 0],
  ])('has the slopes of its values at mean %d, variance %d', (mean, variance, best) => {
    const { byMean, byVariance } = logExpectedImprovement(mean, variance, best);
    const step = 1e-6;
    const at = (m: number, v: number) => logExpectedImprovement(m, v, best).value;
    const ofMean = (at(mean + step, variance) - at(mean - step, variance)) / (2 * step);
    const width = variance * step;
    const ofVariance = (at(mean, variance + width) - at(mean, variance - width)) / (2 * width);
    expect(byMean / ofMean).toBeCloseTo(1, 5);
    expect(byVariance / ofVariance).toBeCloseTo(1, 5);
  });
});
