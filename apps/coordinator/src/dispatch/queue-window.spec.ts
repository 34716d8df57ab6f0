import { QueueWindow } from './queue-window';

describe('QueueWindow', () => {
  it('is one job for every eight slots while trials are long', () => {
    const window = new QueueWindow();
    for (const [slots, size] of [
      [1, 1],
      [8, 1],
      [9, 2],
      [800, 100],
    ] as const) {
      window.look(1, slots, 0);
      expect(window.size).toBe(size);
    }
  });

  it('doubles where the queue has run dry soon after it was filled, up to a limit', () => {
    const window = new QueueWindow();
    for (let look = 0; look < 20; look++) {
      window.look(0, 4, look * 10);
      window.filled(look * 10);
    }
    expect(window.size).toBe(1_024);
  });

  it('stays where it ran dry because there was nothing to fill it with, or a long time after', () => {
    const window = new QueueWindow();
    window.look(0, 4, 0);
    window.look(0, 4, 10);
    window.filled(10);
    window.look(0, 4, 5_000);
    expect(window.size).toBe(1);
  });

  it('has forgotten the short trials of a sweep when the next one comes', () => {
    const window = new QueueWindow();
    for (let look = 0; look < 20; look++) {
      window.look(0, 4, look * 10);
      window.filled(look * 10);
    }
    window.look(0, 4, 190 + 3_050);
    expect(window.size).toBe(128);
    window.look(0, 4, 3_600_000);
    expect(window.size).toBe(1);
  });

  it('halves each second in which it is not drained, down to what the slots need', () => {
    const window = new QueueWindow();
    for (let look = 0; look < 7; look++) {
      window.filled(look);
      window.look(0, 16, look);
    }
    expect(window.size).toBe(128);
    const sizes = [1_100, 1_200, 2_300, 3_400, 4_500, 5_600, 6_700, 7_800].map((now) => {
      window.look(window.size, 16, now);
      return window.size;
    });
    expect(sizes).toEqual([64, 64, 32, 16, 8, 4, 2, 2]);
  });
});
