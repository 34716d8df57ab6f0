import { Pace } from './pace';

/** Calls of steps that take `stepMs` each, and how many there were in each. */
function sizes(stepMs: readonly number[], limit: number, maximum = 128): number[] {
  let time = 0;
  const pace = new Pace(() => time, maximum);
  return stepMs.map((ms) => {
    const steps = pace.begin(limit);
    time += steps * ms;
    pace.end(steps);
    return steps;
  });
}

const times = (count: number, ms: number) => new Array<number>(count).fill(ms);

describe('Pace', () => {
  it('makes calls of about 150 ms, in growing sizes', () => {
    expect(sizes(times(7, 10), 1000)).toEqual([1, 2, 4, 8, 15, 15, 15]);
  });

  it('takes slow steps one by one, and recovers from a slow call', () => {
    expect(sizes(times(3, 200), 1000)).toEqual([1, 1, 1]);
    expect(sizes([10, 10, 10, 400, 10, 10], 1000)).toEqual([1, 2, 4, 8, 1, 2]);
  });

  it('keeps to the limit and to the maximum', () => {
    expect(sizes(times(6, 1), 5)).toEqual([1, 2, 4, 5, 5, 5]);
    expect(sizes(times(6, 0), 1000, 12)).toEqual([1, 2, 4, 8, 12, 12]);
  });
});
