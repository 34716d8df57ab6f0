import { DispatchPace } from './dispatch-pace';

describe('the pace of looks for places', () => {
  beforeEach(() => jest.useFakeTimers({ now: 0 }));
  afterEach(() => jest.useRealTimers());

  /** Milliseconds until the next look, once that many trials were given to queues. */
  async function pauseAfter(trials: number): Promise<number> {
    const pace = new DispatchPace();
    pace.gave(trials);
    const began = performance.now();
    const ready = pace.ready();
    await jest.runAllTimersAsync();
    await ready;
    return performance.now() - began;
  }

  it('lets one follow at once that gave nothing', async () => expect(await pauseAfter(0)).toBe(0));

  it.each([
    [1, 4],
    [25, 100],
    [50, 200],
    [10_000, 200],
  ])('pauses after %i trials for %i ms', async (trials, ms) => expect(await pauseAfter(trials)).toBe(ms));

  it('looks at once at first', async () => {
    const began = performance.now();
    await new DispatchPace().ready();
    expect(performance.now()).toBe(began);
  });
});
