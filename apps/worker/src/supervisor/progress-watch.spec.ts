import { epochMetrics, stepMetrics } from '@fathom/testkit';
import { ProgressWatch } from './progress-watch';

const step = (stepSeconds: number) => ({ type: 'step', metrics: stepMetrics({ stepSeconds }) }) as const;
const epoch = { type: 'epoch', metrics: epochMetrics() } as const;

describe('ProgressWatch', () => {
  const watch = () => new ProgressWatch(30_000);

  it('gives a process that trains the floor, or twenty of its longest recent steps', () => {
    const quick = watch();
    quick.heard(step(0.5));
    expect(quick.limitMs).toBe(30_000);
    const slow = watch();
    for (const seconds of [4, 6, 5]) slow.heard(step(seconds));
    expect(slow.limitMs).toBe(120_000);
    for (let report = 0; report < 100; report++) slow.heard(step(2));
    expect(slow.limitMs).toBe(40_000);
  });

  it('finds one stuck once it has been silent for that long, and says what it did', () => {
    const stuck = watch();
    stuck.heard(step(2));
    expect(stuck.pass(39_000)).toBeUndefined();
    stuck.heard(step(2));
    expect(stuck.pass(39_000)).toBeUndefined();
    expect(stuck.pass(1_000)).toBe(
      'the training process is stuck: it has made no step for 40 s; its recent steps took at most 2.0 s',
    );
  });

  it('is patient before the first step, also where an epoch is repeated', () => {
    const starting = watch();
    starting.heard(epoch);
    expect(starting.limitMs).toBe(1_800_000);
    expect(starting.pass(1_800_000)).toMatch(/it has not begun to train for 1800 s$/);
  });

  it('has a limit for what is not made of steps, until they go on', () => {
    const working = watch();
    working.heard(step(1));
    working.heard({ type: 'working', at: 'evaluation' });
    expect(working.limitMs).toBe(600_000);
    working.heard(epoch);
    expect(working.limitMs).toBe(30_000);
    working.heard({ type: 'working', at: 'saving' });
    expect(working.pass(600_000)).toMatch(/it has not finished writing for 600 s/);
  });
});
