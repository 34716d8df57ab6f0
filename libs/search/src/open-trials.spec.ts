import { OpenTrials } from './open-trials';

const values = { depth: 8 };
const begun = { values, epoch: 0, untilEpoch: 3, losses: [Infinity], isRerun: false };

describe('OpenTrials', () => {
  it('counts paused trials as open, but not as running', () => {
    const trials = new OpenTrials(true);
    trials.add(1, begun);
    trials.add(2, begun);
    expect([trials.running, trials.paused()]).toEqual([2, []]);
    trials.advance(1, 3, [0.5], true);
    expect([trials.running, trials.paused()]).toEqual([1, [1]]);
    trials.resume(1, undefined);
    expect([trials.running, trials.paused()]).toEqual([2, []]);
    expect(trials.get(1)).toEqual({
      values,
      isPaused: false,
      epoch: 3,
      untilEpoch: undefined,
      losses: [0.5],
      isRerun: false,
    });
    trials.advance(2, 3, [0.4], true);
    trials.delete(2);
    trials.delete(1);
    expect([trials.running, trials.paused(), trials.get(1)]).toEqual([0, [], undefined]);
  });

  it('counts other attempts at trials that had ended apart, also after its snapshot', () => {
    const trials = new OpenTrials(true);
    trials.add(1, begun);
    trials.add(2, { ...begun, untilEpoch: undefined, isRerun: true });
    const again = new OpenTrials(true, trials.snapshot());
    expect(again.get(2)?.isRerun).toBe(true);
    for (const one of [trials, again]) {
      expect([one.running, one.scheduled]).toEqual([2, 1]);
      one.delete(2);
      expect([one.running, one.scheduled]).toEqual([1, 1]);
    }
  });

  it('resumes only what is paused', () => {
    const trials = new OpenTrials(false);
    trials.add(1, begun);
    expect(() => trials.resume(1, 9)).toThrow('trial 1 is not paused');
    expect(() => trials.resume(2, 9)).toThrow('trial 2 is not open');
  });

  it('keeps values only where somebody learns from them, and comes back from its snapshot', () => {
    const blind = new OpenTrials(false);
    blind.add(1, begun);
    expect(blind.get(1)?.values).toBeNull();
    const trials = new OpenTrials(true);
    trials.add(1, begun);
    trials.add(7, { ...begun, untilEpoch: undefined });
    trials.advance(1, 3, [0.5], true);
    const snapshot = JSON.parse(JSON.stringify(trials.snapshot())) as ReturnType<OpenTrials['snapshot']>;
    const again = new OpenTrials(true, snapshot);
    expect(again.snapshot()).toEqual(trials.snapshot());
    expect([again.get(1), again.get(7)]).toEqual([trials.get(1), trials.get(7)]);
    expect(again.running).toBe(1);
  });
});
