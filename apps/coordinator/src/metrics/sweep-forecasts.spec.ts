import { SweepForecasts } from './sweep-forecasts';

const nextTurn = () => new Promise(setImmediate);
const neverFails = (_: string, error: unknown) => {
  throw error;
};

describe('SweepForecasts', () => {
  it('makes one forecast after the other, of the sweeps that somebody asks for', async () => {
    const asked: string[] = [];
    const finish: (() => void)[] = [];
    const forecasts = new SweepForecasts((id) => {
      asked.push(id);
      return new Promise((resolve) => finish.push(() => resolve({ expected: 2, low: 1, high: 3 })));
    }, neverFails);
    expect([...forecasts.of(['a', 'b'])]).toEqual([]);
    forecasts.of(['a', 'b']);
    expect(asked).toEqual(['a']);
    finish[0]?.();
    await nextTurn();
    expect([...forecasts.of(['a', 'b']).keys()]).toEqual(['a']);
    expect(asked).toEqual(['a', 'b']);
    finish[1]?.();
    await nextTurn();
    expect([...forecasts.of(['a', 'b']).keys()]).toEqual(['a', 'b']);
    // Fresh for a minute.
    expect(asked).toEqual(['a', 'b']);
  });

  it('has none where there can be none, says why, and does not ask again at once', async () => {
    let asked = 0;
    const failures: unknown[] = [];
    const reason = new Error('its budget is too small for any trial');
    const forecasts = new SweepForecasts(
      () => {
        asked++;
        return Promise.reject(reason);
      },
      (...failure) => failures.push(failure),
    );
    for (let i = 0; i < 3; i++) {
      expect([...forecasts.of(['a'])]).toEqual([]);
      await nextTurn();
    }
    expect(asked).toBe(1);
    expect(failures).toEqual([['a', reason]]);
  });

  it('forgets sweeps that nobody asks for', async () => {
    let asked = 0;
    const forecasts = new SweepForecasts(() => {
      asked++;
      return Promise.resolve({ expected: 2, low: 1, high: 3 });
    }, neverFails);
    forecasts.of(['a']);
    await nextTurn();
    forecasts.of([]);
    expect([...forecasts.of(['a'])]).toEqual([]);
    expect(asked).toBe(2);
  });
});
