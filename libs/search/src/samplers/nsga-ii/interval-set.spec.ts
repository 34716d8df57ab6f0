import { intervalsAdd, intervalsHave, type IntervalSet } from './interval-set';

describe('interval set', () => {
  const add = (...numbers: number[]) => numbers.reduce<IntervalSet>(intervalsAdd, []);

  it('merges neighbours from both sides', () => {
    expect(add(1, 3, 5)).toEqual([
      [1, 1],
      [3, 3],
      [5, 5],
    ]);
    expect(add(1, 3, 2)).toEqual([[1, 3]]);
    expect(add(5, 4, 3, 1, 2)).toEqual([[1, 5]]);
  });

  it('knows what it holds and ignores repeats', () => {
    const set = add(2, 3, 9);
    expect([1, 2, 3, 4, 9, 10].map((n) => intervalsHave(set, n))).toEqual([
      false,
      true,
      true,
      false,
      true,
      false,
    ]);
    expect(intervalsAdd(set, 3)).toBe(set);
  });
});
