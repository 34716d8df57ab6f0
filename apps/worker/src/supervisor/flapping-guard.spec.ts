import type { FailureClass } from '@fathom/contracts';
import { FlappingGuard } from './flapping-guard';

const guard = () => new FlappingGuard({ attempts: 3, firstPauseMs: 1_000, longestPauseMs: 5_000 });
const failed = (trialId: string, failureClass: FailureClass = 'storage', hasTrained = false) => ({
  trialId,
  failure: { class: failureClass, message: 'no space left' },
  hasTrained,
});

describe('FlappingGuard', () => {
  it('pauses after so many failures in a row, and says why', () => {
    const one = guard();
    expect(one.ended(failed('a'))).toBeUndefined();
    expect(one.ended(failed('b', 'native-crash'))).toBeUndefined();
    expect(one.ended(failed('a'))).toEqual({
      ms: 1_000,
      reason:
        'the last 3 attempts on this worker all failed (storage, native-crash), the last one: no space left',
    });
  });

  it('tries one trial after a pause, and pauses for longer where that fails too', () => {
    const one = guard();
    for (const trial of ['a', 'b']) one.ended(failed(trial));
    const pauses = ['c', 'd', 'e', 'f', 'g'].map((trial) => one.ended(failed(trial))?.ms);
    expect(pauses).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
    one.ended({ trialId: 'h', hasTrained: true });
    expect(['i', 'j', 'k'].map((trial) => one.ended(failed(trial))?.ms)).toEqual([
      undefined,
      undefined,
      1_000,
    ]);
  });

  it('does not suspect the machine where one trial fails again and again', () => {
    const one = guard();
    for (let attempt = 0; attempt < 10; attempt++) expect(one.ended(failed('a'))).toBeUndefined();
    expect(one.ended(failed('b'))?.ms).toBe(1_000);
  });

  it.each<[FailureClass, boolean, boolean]>([
    ['storage', true, true],
    ['stuck', true, true],
    ['internal', true, true],
    ['native-crash', true, true],
    ['out-of-memory', false, true],
    ['out-of-memory', true, false],
    ['diverged', true, false],
    ['data', false, false],
    ['user-error', false, false],
    ['lost-worker', true, false],
  ])('takes %s (trained: %s) for the fault of the machine: %s', (failureClass, hasTrained, isSuspect) => {
    const one = guard();
    const pauses = ['a', 'b', 'c'].map((trial) => one.ended(failed(trial, failureClass, hasTrained)));
    expect(pauses.at(-1) !== undefined).toBe(isSuspect);
  });
});
