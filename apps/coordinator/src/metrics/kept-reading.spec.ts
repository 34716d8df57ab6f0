import { setTimeout as sleep } from 'node:timers/promises';
import { KeptReading } from './kept-reading';

describe('KeptReading', () => {
  it('reads once for all who ask at the same time, and again when it is no longer fresh', async () => {
    let reads = 0;
    const reading = new KeptReading(() => sleep(1, ++reads), 500);
    expect(await Promise.all([reading.get(), reading.get()])).toEqual([1, 1]);
    expect(await reading.get()).toBe(1);
    // A slow machine keeps it longer: twenty times what reading took.
    while (reads === 1) {
      await sleep(50);
      await reading.get();
    }
    expect(await reading.get()).toBe(2);
  });

  it('keeps a slow reading for twenty times as long as it took', async () => {
    let reads = 0;
    const reading = new KeptReading(() => sleep(20, ++reads), 0);
    await reading.get();
    await sleep(100);
    expect(await reading.get()).toBe(1);
  });

  it('has no value while the source fails, not even an old one, and has one again when it answers', async () => {
    let fails = false;
    const reading = new KeptReading(
      () => (fails ? Promise.reject(new Error('away')) : Promise.resolve(1)),
      1,
    );
    expect(await reading.get()).toBe(1);
    await sleep(10);
    fails = true;
    expect(await reading.get()).toBeUndefined();
    fails = false;
    expect(await reading.get()).toBe(1);
  });

  it('does not wait long for a slow source, and has what it came to later', async () => {
    const reading = new KeptReading(() => sleep(2_300, 'late'), 10_000);
    const began = performance.now();
    expect(await reading.get()).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(2_250);
    await sleep(400);
    expect(await reading.get()).toBe('late');
  });
});
