import { remedyFor } from './remedy';

describe('remedyFor', () => {
  it('leaves a trial alone whose job is live', () => {
    expect(remedyFor({ state: 'live' })).toEqual({ type: 'none' });
  });

  it.each(['absent', 'completed'] as const)('enqueues a trial again whose job is %s', (state) => {
    expect(remedyFor({ state })).toMatchObject({ type: 'enqueue' });
  });

  it.each(['invalid-data', 'handler'] as const)('fails a trial whose job failed for good (%s)', (cause) => {
    const failed = { trialId: 'a', cause, reason: 'in words' };
    expect(remedyFor({ state: 'failed', failed })).toEqual({
      type: 'fail',
      failure: { class: 'internal', message: 'in words', log: '' },
    });
  });
});
