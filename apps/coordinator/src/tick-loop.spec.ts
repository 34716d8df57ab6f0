import { createLogger } from '@fathom/runtime';
import { TickLoop } from './tick-loop';

const logger = createLogger({ name: 'test', level: 'silent' });

/** A loop whose work is counted; `until` resolves when it has run that many times. */
function countedLoop(intervalMs: number, work: (run: number) => boolean = () => false) {
  let runs = 0;
  const waiting: { count: number; resolve: () => void }[] = [];
  const loop = new TickLoop(
    'test',
    intervalMs,
    () => {
      runs += 1;
      for (const { count, resolve } of waiting) if (runs >= count) resolve();
      return Promise.resolve().then(() => work(runs));
    },
    logger,
  );
  const until = (count: number) =>
    runs >= count ? Promise.resolve() : new Promise<void>((resolve) => waiting.push({ count, resolve }));
  return { loop, until, runs: () => runs };
}

describe('TickLoop', () => {
  it('works at once, then after every interval', async () => {
    const { loop, until } = countedLoop(1);
    loop.start();
    await until(3);
    await loop.stop();
  });

  it('works when poked, without waiting for the interval', async () => {
    const { loop, until } = countedLoop(3_600_000);
    loop.start();
    await until(1);
    loop.poke();
    await until(2);
    await loop.stop();
  });

  it('goes on without a pause while there is more', async () => {
    const { loop, until } = countedLoop(3_600_000, (run) => run < 5);
    loop.start();
    await until(5);
    await loop.stop();
  });

  it('survives work that fails', async () => {
    const { loop, until } = countedLoop(1, (run) => {
      if (run < 3) throw new Error('not yet');
      return false;
    });
    loop.start();
    await until(4);
    await loop.stop();
  });

  it('stops, and does not work afterwards', async () => {
    const { loop, until, runs } = countedLoop(3_600_000);
    loop.start();
    await until(1);
    await loop.stop();
    loop.poke();
    expect(runs()).toBe(1);
  });
});
