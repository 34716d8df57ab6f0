import { hyperbandBrackets, promotionRungs, rungsAtPace } from './rung-epochs';

describe('promotionRungs', () => {
  it.each([
    [1, 3, 81, [1, 3, 9, 27]],
    // log(243) / log(3) is 4.999…, and log(1000) / log(10) is 2.999….
    [1, 3, 244, [1, 3, 9, 27, 81, 243]],
    [1, 10, 1_001, [1, 10, 100, 1_000]],
    [100, 3, 900, [100, 300]],
    [2, 4, 30, [2, 8]],
    [5, 2, 5, []],
  ])('from %i by %i below %i', (min, eta, epochs, rungs) => {
    expect(promotionRungs(min, eta, epochs)).toEqual(rungs);
  });
});

describe('hyperbandBrackets', () => {
  it('has the 143 trials of R = 81 and eta = 3', () => {
    expect(hyperbandBrackets(1, 3, 81)).toEqual([
      { trials: 81, rungs: [1, 3, 9, 27] },
      { trials: 34, rungs: [3, 9, 27] },
      { trials: 15, rungs: [9, 27] },
      { trials: 8, rungs: [27] },
      { trials: 5, rungs: [] },
    ]);
  });

  it('has six brackets for 243 epochs, and ends at the least epochs', () => {
    expect(hyperbandBrackets(1, 3, 243)).toHaveLength(6);
    expect(hyperbandBrackets(3, 3, 243).map(({ rungs }) => rungs[0])).toEqual([3, 9, 27, 81, undefined]);
  });

  it('has fewer trials in the brackets that are left by more least epochs', () => {
    expect(hyperbandBrackets(3, 3, 81).map(({ trials }) => trials)).toEqual([27, 12, 6, 4]);
  });

  it('rounds rungs down where the epochs are no power', () => {
    expect(hyperbandBrackets(1, 2, 10).map(({ rungs }) => rungs)).toEqual([[1, 2, 5], [2, 5], [5], []]);
  });
});

describe('rungsAtPace', () => {
  it('is as many epochs earlier as an epoch is dearer', () => {
    expect(rungsAtPace([3, 9, 27], 1, 81)).toEqual([3, 9, 27]);
    expect(rungsAtPace([3, 9, 27], 3, 81)).toEqual([1, 3, 9]);
    expect(rungsAtPace([3, 9, 27], 0.5, 81)).toEqual([6, 18, 54]);
  });

  it('stays ascending, from epoch 1 to below the last one', () => {
    expect(rungsAtPace([1, 3, 9], 100, 27)).toEqual([1, 2, 3]);
    expect(rungsAtPace([1, 3, 9], 0.001, 27)).toEqual([24, 25, 26]);
    expect(rungsAtPace([1, 2, 4], 0.01, 5)).toEqual([2, 3, 4]);
  });
});
