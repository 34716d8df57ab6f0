import { victims, type RunningTrial } from './victims';

const running = (...priorities: number[]): RunningTrial[] =>
  priorities.map((priority, index) => ({ trialId: String(index), sweepId: 'a', priority }));
const chosen = (waiting: number[], trials: RunningTrial[], asked: string[] = []) =>
  victims(waiting, trials, new Set(asked)).map(({ trialId }) => trialId);

describe('victims', () => {
  it('are as many as wait, the lowest and youngest first', () => {
    expect(chosen([9, 9], running(0, 0, 3))).toEqual(['0', '1']);
    expect(chosen([9, 9, 9, 9], running(0, 0, 3))).toEqual(['0', '1', '2']);
  });

  it('are only of a lower priority than the one that waits', () => {
    expect(chosen([3], running(3, 5))).toEqual([]);
    expect(chosen([9, 3], running(0, 3, 5))).toEqual(['0']);
  });

  it('are not asked for twice, nor are others in their place', () => {
    expect(chosen([9], running(0, 0), ['0'])).toEqual([]);
    expect(chosen([9, 9], running(0, 0, 0), ['1'])).toEqual(['0']);
  });
});
