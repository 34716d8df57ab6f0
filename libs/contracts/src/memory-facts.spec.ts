import { describeMemory, memoryWarning } from './memory-facts';

describe('memoryWarning', () => {
  it('says both numbers where there is too little', () =>
    expect(memoryWarning({ predictedBytes: 5_300_400_000, availableBytes: 812_000_000 })).toMatch(
      /5300 MB .* 812 MB are available/,
    ));

  it.each([[5_300_400_000], [6_000_000_000], [null]])(
    'says nothing where %p are available',
    (availableBytes) =>
      expect(memoryWarning({ predictedBytes: 5_300_400_000, availableBytes })).toBeUndefined(),
  );
});

describe('describeMemory', () => {
  it('says both numbers, or what nobody knows', () => {
    expect(describeMemory({ predictedBytes: 5_300_400_000, availableBytes: 812_000_000 })).toBe(
      '5300 MB were predicted, 812 MB were available',
    );
    expect(describeMemory({ predictedBytes: 1_000_000, availableBytes: null })).toBe(
      '1 MB were predicted, what was available is unknown',
    );
  });
});
