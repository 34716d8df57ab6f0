import { remedyFor } from './remedy';

describe('remedyFor', () => {
  it('leaves a trial alone whose job is live', () => {
    expect(remedyFor({ state: 'live' })).toEqual({ type: 'none' });
  });

  it.each(['absent', 'completed'] as const)('enqueues a trial again whose job is %s', (state) => {
    expect(remedyFor({ state })).toMatchObject({ type: 'enqueue' });
  });

  it.each([
    ['lost', 'lost-worker'],
    ['invalid-data', 'internal'],
    ['handler', 'internal'],
  ] as const)('fails a trial whose job failed for good (%s) as %s', (cause, failureClass) => {
    const failed = { trialId: 'a', cause, reason: 'in words' };
    expect(remedyFor({ state: 'failed', failed })).toEqual({
      type: 'fail',
      failure: { class: failureClass, message: 'in words', log: '' },
    });
  });
});
