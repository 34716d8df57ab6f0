import { sweepProgress } from './progress';

describe('sweepProgress', () => {
  const tally = { plannedTrials: 4, createdTrials: 2, createdEpochs: 6, settledEpochs: 3 };

  it('counts trials yet to be created with the mean number of epochs', () => {
    expect(sweepProgress('running', tally)).toBe(3 / 12);
  });

  it('is 0 before the first trial and never above 1', () => {
    expect(sweepProgress('running', { ...tally, createdTrials: 0, createdEpochs: 0, settledEpochs: 0 })).toBe(
      0,
    );
    expect(sweepProgress('running', { ...tally, plannedTrials: 1, settledEpochs: 6 })).toBe(1);
  });

  it('is 1 for a sweep that has ended, however it ended', () => {
    expect(sweepProgress('cancelled', tally)).toBe(1);
  });
});
