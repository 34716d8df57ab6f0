import { eventually } from './eventually';

describe('eventually', () => {
  it('answers the first answer that is not an error', async () => {
    let tries = 0;
    const answer = await eventually(
      () => {
        if (++tries < 3) throw new Error('not yet');
        return tries;
      },
      { intervalMs: 1 },
    );
    expect(answer).toBe(3);
  });

  it('throws the last error when the time is over', async () => {
    await expect(
      eventually(() => Promise.reject(new Error('never')), { timeoutMs: 20, intervalMs: 1 }),
    ).rejects.toThrow('never');
  });
});
