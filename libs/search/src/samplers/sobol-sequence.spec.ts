import { SOBOL_BITS, SOBOL_DIMENSIONS, sobolPoint } from './sobol-sequence';
import { parameterNames } from '@fathom/contracts';

/**
 * Coordinates times 2^30, by scipy 1.17.1:
 *
 *     from scipy.stats import qmc
 *     for i in (1, 2, 1000, 699050):
 *         print(i, [int(u * 2**30) for u in qmc.Sobol(40, scramble=False).fast_forward(i).random(1)[0]])
 *
 * The last one has a Gray code of twenty ones: it is made of twenty direction numbers of each dimension.
 */
// prettier-ignore
const scipy: readonly (readonly [index: number, coordinates: readonly number[]])[] = [
  [1, [536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912, 536870912]],
  [2, [805306368, 268435456, 268435456, 268435456, 805306368, 805306368, 268435456, 805306368, 805306368, 805306368, 805306368, 805306368, 268435456, 268435456, 805306368, 268435456, 805306368, 268435456, 805306368, 268435456, 268435456, 805306368, 268435456, 268435456, 268435456, 805306368, 268435456, 805306368, 268435456, 805306368, 268435456, 268435456, 268435456, 805306368, 805306368, 805306368, 268435456, 268435456, 268435456, 268435456]],
  [1000, [235929600, 103809024, 556793856, 726663168, 300941312, 974127104, 49283072, 965738496, 537919488, 74448896, 91226112, 273678336, 173015040, 412090368, 154140672, 397410304, 772800512, 370147328, 1064304640, 779091968, 560988160, 590348288, 1020264448, 579862528, 625999872, 974127104, 42991616, 1051721728, 63963136, 365953024, 158334976, 156237824, 317718528, 636485632, 860880896, 827326464, 911212544, 892338176, 330301440, 514850816]],
  [699050, [1073740800, 67126272, 332655616, 792867840, 489098240, 335832064, 408685568, 909622272, 97238016, 386577408, 55501824, 67165184, 934734848, 624866304, 277933056, 303352832, 339805184, 306654208, 127095808, 355308544, 818619392, 1029293056, 952114176, 988574720, 112483328, 1056975872, 868727808, 671052800, 772039680, 896564224, 693369856, 1025360896, 242088960, 688471040, 155515904, 981769216, 21021696, 1063969792, 1009632256, 144372736]],
];

const unshifted = Array.from({ length: SOBOL_DIMENSIONS }, () => 0);

describe('the Sobol sequence', () => {
  it.each(scipy)('has the coordinates of scipy at %i', (index, coordinates) => {
    expect(sobolPoint(index, unshifted).map((u) => u * 2 ** SOBOL_BITS)).toEqual(coordinates);
  });

  it('begins at zero, in the order of scipy', () => {
    // qmc.Sobol(3, scramble=False).random(5)
    expect([0, 1, 2, 3, 4].map((index) => sobolPoint(index, [0, 0, 0]))).toEqual([
      [0, 0, 0],
      [0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25],
      [0.25, 0.75, 0.75],
      [0.375, 0.375, 0.625],
    ]);
  });

  it('has a dimension for every parameter there is', () => {
    expect(SOBOL_DIMENSIONS).toBeGreaterThanOrEqual(parameterNames.length);
  });

  it('meets every interval of every dimension equally often, shifted too', () => {
    const shifts = unshifted.map((_, dimension) => (dimension * 123_456_789) % 2 ** SOBOL_BITS);
    for (const given of [unshifted, shifts]) {
      const points = Array.from({ length: 64 }, (_, index) => sobolPoint(index, given));
      for (const dimension of given.keys())
        expect(new Set(points.map((point) => Math.floor((point[dimension] ?? 0) * 64))).size).toBe(64);
    }
  });

  it('ends', () => {
    expect(() => sobolPoint(2 ** SOBOL_BITS, [0])).toThrow('2^30 points');
  });
});
