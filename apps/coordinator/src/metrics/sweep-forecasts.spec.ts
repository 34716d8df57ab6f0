import { SweepForecasts } from './sweep-forecasts';

const nextTurn = () => new Promise(setImmediate);

describe('SweepForecasts', () => {
  it('makes one forecast after the other, of the sweeps that somebody asks for', async () => {
    const asked: string[] = [];
    const finish: (() => void)[] = [];
    const forecasts = new SweepForecasts((id) => {
      asked.push(id);
      return new Promise((resolve) => finish.push(() => resolve({ expected: 2, low: 1, high: 3 })));
    });
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

  it('has none where there can be none, and does not ask again at once', async () => {
    let asked = 0;
    const forecasts = new SweepForecasts(() => {
      asked++;
      return Promise.resolve(undefined);
    });
    for (let i = 0; i < 3; i++) {
      expect([...forecasts.of(['a'])]).toEqual([]);
      await nextTurn();
    }
    expect(asked).toBe(1);
  });

  it('forgets sweeps that nobody asks for', async () => {
    let asked = 0;
    const forecasts = new SweepForecasts(() => {
      asked++;
      return Promise.resolve({ expected: 2, low: 1, high: 3 });
    });
    forecasts.of(['a']);
    await nextTurn();
    forecasts.of([]);
    expect([...forecasts.of(['a'])]).toEqual([]);
    expect(asked).toBe(2);
  });
});
