import type { EpochMetrics, StepMetrics } from '@fathom/contracts';
import { applyLiveEvent, type LiveState } from './live-state';
import { liveFrame, liveLine } from './live-view';

const sweepId = '7f8c2f0e-58b5-4b53-8f6e-9d2b5d1f0a11';
const trialId = '1f8c2f0e-58b5-4b53-8f6e-9d2b5d1f0a11';
const start: LiveState = new Map([
  [1, { number: 1, label: 'residual 8, lr 0.1, seed 0', epochs: 4, state: 'queued' }],
  [2, { number: 2, label: 'plain 8, lr 0.1, seed 0', epochs: 4, state: 'queued' }],
]);
const running = {
  type: 'trialChanged',
  id: '1',
  sweepId,
  trialId,
  number: 1,
  state: 'running',
  objective: null,
  reason: null,
} as const;
const step: StepMetrics = {
  step: 10,
  epoch: 1.5,
  loss: 1.2345,
  accuracy: 0.5,
  learningRate: 0.1,
  imagesPerSecond: 812.4,
  stepSeconds: 0.1,
};
const epoch: EpochMetrics = {
  epoch: 1,
  step: 8,
  trainLoss: 1.5,
  trainError: 0.6,
  validationLoss: 1.4,
  validationError: 0.512,
  learningRate: 0.1,
  seconds: 3,
  imagesPerSecond: 800,
  trainSeconds: 3,
  parameters: 75_290,
};

describe('live view', () => {
  it('shows active trials only, with what is known of them', () => {
    const state = [
      running,
      { type: 'epochReported', id: '2', sweepId, trialId, number: 1, metrics: epoch } as const,
      { type: 'stepReported', sweepId, trialId, number: 1, metrics: step } as const,
    ].reduce<LiveState>(applyLiveEvent, start);
    const frame = liveFrame(state);
    expect(frame).toHaveLength(2);
    expect(frame[0]).toContain('0 of 2 trials ended');
    expect(frame[1]).toMatch(
      /█{8}░{12} #1 residual 8.*epoch 1\.5\/4 · loss 1\.234 · 812 img\/s · val\. error 51\.2 %/,
    );
  });

  it('counts the trials that pause apart from those that have ended', () => {
    const paused = { ...running, id: '3', state: 'paused', objective: 0.512 } as const;
    const stopped = { ...running, id: '4', number: 2, state: 'stopped', reason: 'worst of 2' } as const;
    const first = [running, paused].reduce<LiveState>(applyLiveEvent, start);
    expect(liveFrame(first)).toEqual([expect.stringMatching(/0 of 2 trials ended, 1 at a rung$/)]);
    expect(liveLine(first, paused)).toBe('#1 residual 8, lr 0.1, seed 0: paused [0/2 ended]');
    const second = applyLiveEvent(first, stopped);
    expect(liveFrame(second)).toEqual([expect.stringMatching(/1 of 2 trials ended, 1 at a rung$/)]);
    expect(liveLine(second, stopped)).toBe('#2 plain 8, lr 0.1, seed 0: stopped (worst of 2) [1/2 ended]');
  });

  it('says that the sweep is paused, and by whom', () => {
    expect(liveFrame(start, 'paused')).toEqual([
      expect.stringMatching(/0 of 2 trials ended; the sweep is paused$/),
    ]);
    const event = {
      type: 'sweepChanged',
      id: '5',
      sweepId,
      state: 'paused',
      reason: 'paused by Ada',
    } as const;
    expect(liveLine(start, event)).toBe('sweep paused: paused by Ada');
  });

  it('drops a trial from the frame when it ends and counts it', () => {
    const state = [
      running,
      { ...running, id: '3', state: 'diverged', reason: 'loss is NaN' } as const,
    ].reduce<LiveState>(applyLiveEvent, start);
    expect(liveFrame(state)).toEqual([expect.stringContaining('1 of 2 trials ended')]);
  });

  it('says which trials are new', () => {
    const created = { type: 'trialsCreated', id: '1', sweepId } as const;
    const some = [1, 2].map((number) => ({ trialId, number }));
    expect(applyLiveEvent(start, { ...created, trials: some })).toBe(start);
    expect(liveLine(start, { ...created, trials: some })).toBe('2 trials queued, #1 to #2');
    expect(liveLine(start, { ...created, trials: some.slice(1) })).toBe('#2 plain 8, lr 0.1, seed 0: queued');
  });

  it('writes one line for a change and none for a step', () => {
    const ended = { ...running, id: '3', state: 'failed', reason: 'out of memory' } as const;
    const state = applyLiveEvent(start, ended);
    expect(liveLine(state, ended)).toBe('#1 residual 8, lr 0.1, seed 0: failed (out of memory) [1/2 ended]');
    expect(
      liveLine(state, { type: 'stepReported', sweepId, trialId, number: 1, metrics: step }),
    ).toBeUndefined();
  });

  it('ignores trials it does not know', () => {
    expect(applyLiveEvent(start, { ...running, number: 9 })).toBe(start);
    expect(liveLine(start, { ...running, number: 9 })).toBeUndefined();
  });
});
