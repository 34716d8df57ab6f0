import { gpReference } from '../../../test/parity/gp-reference';
import { cdf, logCdf, logCdfDifference, logErfcx } from './normal';

const { normal } = gpReference;

/** Relative where numbers are large or small. */
const relativeError = (actual: number, expected: number) => Math.abs(actual / expected - 1);

describe('logCdf', () => {
  it.each(normal.logCdf)('of %d is exact, also far into the tails', (z, expected) => {
    expect(relativeError(logCdf(z), expected)).toBeLessThan(1e-14);
  });

  it('has its limits at infinity', () => {
    expect(logCdf(-Infinity)).toBe(-Infinity);
    expect(logCdf(Infinity)).toBe(-0);
    expect([cdf(-Infinity), cdf(0), cdf(Infinity)]).toEqual([0, 0.5, 1]);
  });
});

describe('logCdfDifference', () => {
  it.each(normal.logCdfDifference)('from %d to %d is exact, also in the upper tail', (a, b, expected) => {
    expect(relativeError(logCdfDifference(a, b), expected)).toBeLessThan(1e-14);
  });

  it('is nothing between equal ends', () => {
    expect(logCdfDifference(2, 2)).toBe(-Infinity);
  });
});

describe('logErfcx', () => {
  it('follows 1 / (x sqrt(pi)) where erfc itself is 0', () => {
    expect(logErfcx(1e9)).toBeCloseTo(-Math.log(1e9 * Math.sqrt(Math.PI)), 13);
  });
});
