import { endsClean, isClean, type CleaningConfig } from './clean-epochs';

const config: CleaningConfig = { epochs: 10, cleanFraction: 0.2, cutout: 0.25, mixup: 0 };
const cleanEpochs = (more: Partial<CleaningConfig>) =>
  Array.from({ length: 10 }, (_, epoch) => epoch).filter((epoch) => isClean({ ...config, ...more }, epoch));

describe('clean epochs', () => {
  it('are the last ones', () => {
    expect(cleanEpochs({})).toEqual([8, 9]);
    expect(cleanEpochs({ cleanFraction: 0.26 })).toEqual([7, 8, 9]);
    expect(cleanEpochs({ cleanFraction: 0.04 })).toEqual([]);
    expect(cleanEpochs({ cleanFraction: 0 })).toEqual([]);
    expect(cleanEpochs({ cleanFraction: 1 })).toHaveLength(10);
  });

  it.each<[boolean, Partial<CleaningConfig>]>([
    [true, {}],
    [true, { cutout: 0, mixup: 0.2 }],
    [false, { cutout: 0 }],
    [false, { cleanFraction: 0 }],
    // Less than half an epoch.
    [false, { cleanFraction: 0.04 }],
  ])('are there (%s) where other epochs have a cutout or mixup: %j', (there, more) => {
    expect(endsClean({ ...config, ...more })).toBe(there);
  });
});
