import { KeptReading } from './kept-reading';

describe('KeptReading', () => {
  const told: unknown[][] = [];
  const failed = (what: string, error: unknown) => {
    told.push([what, error]);
  };
  const kept = <T>(freshMs: number, read: () => Promise<T>) =>
    new KeptReading('numbers', read, { freshMs, failed });
  beforeEach(() => {
    // By the clock of the test: on a busy machine no wait takes as long as it should.
    jest.useFakeTimers();
    told.length = 0;
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const later = <T>(ms: number, value: T) =>
    new Promise<T>((resolve) => {
      setTimeout(() => resolve(value), ms);
    });

  it('reads once for all who ask at the same time, and again when it is no longer fresh', async () => {
    let reads = 0;
    const reading = kept(500, () => Promise.resolve(++reads));
    expect(await Promise.all([reading.get(), reading.get()])).toEqual([1, 1]);
    jest.advanceTimersByTime(499);
    expect(await reading.get()).toBe(1);
    jest.advanceTimersByTime(1);
    expect(await reading.get()).toBe(2);
  });

  it('keeps a slow reading for twenty times as long as it took', async () => {
    let reads = 0;
    const reading = kept(0, () => later(20, ++reads));
    const next = async () => {
      const value = reading.get();
      await jest.advanceTimersByTimeAsync(20);
      return value;
    };
    expect(await next()).toBe(1);
    jest.advanceTimersByTime(399);
    expect(await reading.get()).toBe(1);
    jest.advanceTimersByTime(1);
    expect(await next()).toBe(2);
  });

  it('has no value while the source fails, not even an old one, and has one again when it answers', async () => {
    const away = new Error('away');
    let fails = false;
    const reading = kept(1, () => (fails ? Promise.reject(away) : Promise.resolve(1)));
    expect(await reading.get()).toBe(1);
    jest.advanceTimersByTime(10);
    fails = true;
    expect(await reading.get()).toBeUndefined();
    fails = false;
    expect(await reading.get()).toBe(1);
  });

  it('says why there is no value, once for each time that the source is away', async () => {
    let fails = true;
    const away = new Error('away');
    const reading = kept(1, () => (fails ? Promise.reject(away) : Promise.resolve(1)));
    await reading.get();
    await reading.get();
    expect(told).toEqual([['numbers', away]]);
    fails = false;
    await reading.get();
    jest.advanceTimersByTime(10);
    fails = true;
    await reading.get();
    expect(told).toEqual([
      ['numbers', away],
      ['numbers', away],
    ]);
  });

  it('does not wait long for a slow source, and has what it came to later', async () => {
    const reading = kept(10_000, () => later(2_300, 'late'));
    const first = reading.get();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await first).toBeUndefined();
    await jest.advanceTimersByTimeAsync(300);
    expect(await reading.get()).toBe('late');
  });
});
