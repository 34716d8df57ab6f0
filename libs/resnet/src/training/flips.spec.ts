import { flipsAlternate } from '../graph/augmentation';
import { AlternatingFlips } from './flips';

const images = Uint32Array.from({ length: 1000 }, (_, i) => i);
const sum = (flips: Int32Array) => flips.reduce((total, flip) => total + flip, 0);

describe('alternating flips', () => {
  it('mirror every image in every other epoch, and about half of them in each', () => {
    const flips = new AlternatingFlips(1000, 7);
    const [first, second, third] = [0, 1, 2].map((epoch) => flips.of(images, epoch)) as [
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    first.forEach((flip, image) => {
      expect([flip, second[image]].toSorted()).toEqual([0, 1]);
    });
    expect(third).toEqual(first);
    // Five standard deviations are 79.
    expect(Math.abs(sum(first) - 500)).toBeLessThan(79);
  });

  it('belong to the image, wherever it comes in the order', () => {
    const flips = new AlternatingFlips(1000, 7);
    expect(flips.of(images.toReversed(), 3)).toEqual(flips.of(images, 3).toReversed());
    expect(flips.of(images.subarray(40, 50), 3)).toEqual(flips.of(images, 3).subarray(40, 50));
  });

  it('are decided by the seed', () => {
    const [a, again, b] = [7, 7, 8].map((seed) => new AlternatingFlips(1000, seed).of(images, 0));
    expect(again).toEqual(a);
    const differ = a?.filter((flip, i) => flip !== b?.[i]).length ?? 0;
    expect(Math.abs(differ - 500)).toBeLessThan(79);
  });

  it('are of augmented images alone', () => {
    expect(flipsAlternate({ augment: 'flip', flipping: 'alternating' })).toBe(true);
    expect(flipsAlternate({ augment: 'none', flipping: 'alternating' })).toBe(false);
    expect(flipsAlternate({ augment: 'flip', flipping: 'random' })).toBe(false);
  });
});
