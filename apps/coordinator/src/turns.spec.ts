import { Turns } from './turns';

describe('Turns', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('gives others a turn after each slice of 50 ms, however the work is cut', async () => {
    let given = 0;
    const turns = new Turns(() => Promise.resolve(given++));
    const seen: number[] = [];
    for (const ms of [20, 29, 1, 49, 0, 400, 10]) {
      jest.advanceTimersByTime(ms);
      await turns.next();
      seen.push(given);
    }
    expect(seen).toEqual([0, 0, 1, 1, 1, 2, 2]);
  });

  it('counts from the end of a turn', async () => {
    let given = 0;
    const turns = new Turns(() => {
      given++;
      jest.advanceTimersByTime(80);
      return Promise.resolve();
    });
    jest.advanceTimersByTime(50);
    await turns.next();
    jest.advanceTimersByTime(49);
    await turns.next();
    expect(given).toBe(1);
    jest.advanceTimersByTime(1);
    await turns.next();
    expect(given).toBe(2);
  });
});
