import type { Report } from '@fathom/contracts';
import type { AttemptRecord, TrialRecord } from '@fathom/store';
import { aReport, epochMetrics, finalMetrics } from '@fathom/testkit';
import { applyReport } from './trial-transition';

const trial: TrialRecord = {
  id: '00000000-0000-4000-8000-000000000001',
  sweepId: '00000000-0000-4000-8000-000000000002',
  number: 3,
  state: 'queued',
  epochsDone: 0,
  objectives: [],
  metrics: null,
  failure: null,
  segment: 0,
  pool: null,
  untilEpoch: null,
  currentFence: 0,
  createdAt: new Date('2026-01-01T00:00:00.000Z'),
  startedAt: null,
  endedAt: null,
};
const at = '2026-01-01T00:00:00.000Z';
const failure = { class: 'native-crash', message: 'killed by SIGKILL', log: 'last words' } as const;

/** The ids of an attempt, by its fence. */
const of = (fence: number) => ({
  sweepId: trial.sweepId,
  trialId: trial.id,
  attemptId: `00000000-0000-4000-8000-00000000010${String(fence)}`,
  fence,
  at,
});

const objectives = [
  { metric: 'validationError', goal: 'minimize' },
  { metric: 'parameters', goal: 'minimize' },
] as const;

/** Applies the reports in order to a trial nothing was heard of, like the intake does. */
function after(reports: readonly Report[], from: TrialRecord = trial) {
  let current = from;
  const attempts = new Map<string, AttemptRecord>();
  const transitions = reports.map((report) => {
    const transition = applyReport(current, attempts.get(report.attemptId), report, objectives);
    current = transition.trial;
    attempts.set(report.attemptId, transition.attempt);
    return transition;
  });
  return {
    trial: current,
    attempts: [...attempts.values()],
    events: transitions.flatMap(({ events }) => events),
    searchEvents: transitions.flatMap(({ searchEvents }) => searchEvents),
    points: transitions.flatMap(({ points }) => points),
  };
}

const started = (fence = 1) => aReport('attemptStarted', of(fence));
const epoch = (number: number, fence = 1) =>
  aReport('epochReported', {
    ...of(fence),
    metrics: epochMetrics({ epoch: number, validationError: 1 / (number + 1) }),
  });
const completed = (fence = 1) =>
  aReport('attemptCompleted', { ...of(fence), metrics: finalMetrics({ epoch: 2, validationError: 0.2 }) });
const paused = (number: number, fence = 1, segment = 0) =>
  aReport('attemptPaused', {
    ...of(fence),
    segment,
    metrics: epochMetrics({ epoch: number, validationError: 1 / (number + 1) }),
  });
const failed = (willRetry: boolean, fence = 1) =>
  aReport('attemptFailed', { ...of(fence), failure, willRetry });

describe('applyReport', () => {
  it('follows a trial from its start to its result', () => {
    const {
      trial: end,
      attempts,
      events,
      searchEvents,
    } = after([started(), epoch(1), epoch(2), completed()]);
    expect(end).toMatchObject({
      ...{ state: 'completed', epochsDone: 2, objectives: [0.2, 75_290], currentFence: 1 },
    });
    expect(end.endedAt).toEqual(new Date(at));
    expect(attempts).toMatchObject([{ state: 'completed', workerId: 'worker-1', device: 'cpu' }]);
    expect(events.map((event) => event.type)).toEqual([
      'trialChanged',
      'epochReported',
      'epochReported',
      'trialChanged',
    ]);
    expect(searchEvents).toEqual([
      { type: 'epochReported', trial: 3, epoch: 1, objectives: [1 / 2, 75_290] },
      { type: 'epochReported', trial: 3, epoch: 2, objectives: [1 / 3, 75_290] },
      { type: 'trialCompleted', trial: 3, objectives: [0.2, 75_290] },
    ]);
  });

  it('takes no second effect from reports that come again', () => {
    const once = after([started(), epoch(1), completed()]);
    const twice = after([
      started(),
      started(),
      epoch(1),
      epoch(1),
      completed(),
      completed(),
      started(),
      epoch(1),
    ]);
    expect(twice.trial).toEqual(once.trial);
    expect(twice.searchEvents).toEqual(once.searchEvents);
  });

  it('comes to the same end when the start is heard of last', () => {
    const { trial: end, attempts } = after([epoch(1), completed(), started()]);
    expect(end).toEqual(after([started(), epoch(1), completed()]).trial);
    expect(attempts).toMatchObject([{ state: 'completed', workerId: 'worker-1' }]);
  });

  it('queues a trial again that will be tried again, and tells the search nothing', () => {
    const { trial: end, attempts, searchEvents } = after([started(), failed(true)]);
    expect(end).toMatchObject({ state: 'queued', failure, endedAt: null });
    expect(attempts).toMatchObject([{ state: 'failed', failure }]);
    expect(searchEvents).toEqual([]);
  });

  it('does not let a repeated start bring a failed attempt back to life', () => {
    expect(after([started(), failed(true), started()]).trial.state).toBe('queued');
  });

  it('clears the failure when the next attempt runs', () => {
    expect(after([started(1), failed(true, 1), started(2)]).trial).toMatchObject({
      state: 'running',
      failure: null,
      currentFence: 2,
    });
  });

  it('fails a trial that will not be tried again', () => {
    const { trial: end, searchEvents, events } = after([started(), failed(false)]);
    expect(end).toMatchObject({ state: 'failed', failure });
    const reason = 'native-crash: killed by SIGKILL';
    expect(searchEvents).toEqual([{ type: 'trialFailed', trial: 3, reason }]);
    expect(events.at(-1)).toMatchObject({ type: 'trialChanged', state: 'failed', reason });
  });

  it('keeps what a failed attempt leaves for the next, until one fails for good', () => {
    const memo = { retries: { failures: { stuck: 1 }, step: 9, losses: 0 }, microBatch: 8 };
    const told = { ...failed(true), memo };
    expect(after([started(), told]).attempts).toMatchObject([{ state: 'failed', memo }]);
    expect(after([started(), failed(false)]).attempts).toMatchObject([{ state: 'failed', memo: null }]);
  });

  it('tells divergence from other failures', () => {
    const diverged = aReport('attemptFailed', {
      ...of(1),
      failure: { class: 'diverged', message: 'the loss is NaN at step 12', log: '' },
      willRetry: false,
    });
    expect(after([started(), diverged])).toMatchObject({
      trial: { state: 'diverged' },
      attempts: [{ state: 'diverged' }],
    });
  });

  it('keeps what an overtaken attempt says as its history only', () => {
    const late = after([started(1), started(2), epoch(1, 1), completed(1)]);
    expect(late.trial).toMatchObject({ state: 'running', currentFence: 2, epochsDone: 0, metrics: null });
    expect(late.points).toHaveLength(1);
    expect(late.searchEvents).toEqual([]);
  });

  it('says that an attempt overtakes the older ones, once', () => {
    const first = applyReport(trial, undefined, started(2), objectives);
    expect(first.supersedesOlder).toBe(true);
    expect(applyReport(first.trial, first.attempt, epoch(1, 2), objectives).supersedesOlder).toBe(false);
    expect(applyReport(first.trial, undefined, started(1), objectives).supersedesOlder).toBe(false);
  });

  it('counts epochs that a new attempt does again only once', () => {
    const { trial: end, searchEvents } = after([
      started(1),
      epoch(1, 1),
      epoch(2, 1),
      started(2),
      epoch(1, 2),
    ]);
    expect(end.epochsDone).toBe(2);
    expect(searchEvents).toHaveLength(2);
  });

  it('leaves a cancelled trial cancelled, and notes how its attempt ended', () => {
    const cancelled: TrialRecord = { ...trial, state: 'cancelled', currentFence: 1, endedAt: new Date(at) };
    const {
      trial: end,
      attempts,
      events,
    } = after([started(), aReport('attemptCancelled', of(1))], cancelled);
    expect(end).toEqual(cancelled);
    expect(attempts).toMatchObject([{ state: 'cancelled' }]);
    expect(events).toEqual([]);
  });

  it('queues a trial again that its worker gave back', () => {
    const back = aReport('attemptInterrupted', of(1));
    expect(after([started(), epoch(1), back])).toMatchObject({
      trial: { state: 'queued', epochsDone: 1 },
      attempts: [{ state: 'interrupted' }],
    });
  });

  it('gives the trial another segment where its job has ended with the attempt', () => {
    const back = aReport('attemptInterrupted', { ...of(1), willRequeue: false });
    const held = after([started(), epoch(1), back, back]);
    expect(held.trial).toMatchObject({ state: 'queued', epochsDone: 1, segment: trial.segment + 1 });
    const late = { ...trial, currentFence: 2 };
    expect(after([back], late).trial).toEqual(late);
  });

  it('pauses a trial, and tells the search where', () => {
    const { trial: end, attempts, events, searchEvents } = after([started(), epoch(1), epoch(2), paused(2)]);
    expect(end).toMatchObject({ state: 'paused', epochsDone: 2, objectives: [1 / 3, 75_290], endedAt: null });
    expect(attempts).toMatchObject([{ state: 'paused', endedAt: new Date(at) }]);
    expect(events.at(-1)).toMatchObject({ type: 'trialChanged', state: 'paused', objective: 1 / 3 });
    expect(searchEvents.at(-1)).toEqual({
      ...{ type: 'trialPaused', trial: 3, epoch: 2, objectives: [1 / 3, 75_290] },
    });
  });

  it('knows what a paused trial has reached where the report of the epoch was lost', () => {
    const { trial: end, searchEvents, points } = after([started(), paused(2)]);
    expect(end).toMatchObject({ state: 'paused', epochsDone: 2, objectives: [1 / 3, 75_290] });
    expect(points).toMatchObject([{ kind: 'epoch', step: 10 }]);
    expect(searchEvents).toMatchObject([{ type: 'trialPaused', epoch: 2 }]);
  });

  it('takes no second effect from a pause that is reported again, by the same attempt or another', () => {
    const once = after([started(), epoch(1), paused(1)]);
    const again = after([started(), epoch(1), paused(1), paused(1), epoch(1), started(2), paused(1, 2)]);
    expect(again.searchEvents).toEqual(once.searchEvents);
    expect(again.trial).toEqual({ ...once.trial, currentFence: 2 });
    expect(again.attempts.map(({ state }) => state)).toEqual(['paused', 'paused']);
  });

  describe('of a trial that was resumed', () => {
    const resumed: TrialRecord = {
      ...trial,
      ...{ state: 'queued', segment: 1, currentFence: 1, epochsDone: 2, untilEpoch: 4 },
    };
    const inSegment = (report: Report): Report => ({ ...report, segment: 1 });

    it('takes what its segment says', () => {
      const reports = [started(2), epoch(3, 2), completed(2)].map(inSegment);
      expect(after(reports, resumed).trial).toMatchObject({
        state: 'completed',
        segment: 1,
        currentFence: 2,
      });
    });

    it('takes nothing of the segment before, whatever its fence', () => {
      const late = after([started(2), epoch(3, 2), paused(3, 2), completed(3), failed(false, 4)], resumed);
      expect(late.trial).toEqual(resumed);
      expect(late.searchEvents).toEqual([]);
      expect(late.attempts.map(({ state }) => state)).toEqual(['paused', 'completed', 'failed']);
      expect(after([started(2)].map(inSegment), late.trial).trial.state).toBe('running');
    });
  });

  it('leaves a stopped trial stopped, with what it had reached', () => {
    const stopped: TrialRecord = { ...trial, state: 'stopped', epochsDone: 1, objectives: [0.5, 75_290] };
    for (const last of [aReport('attemptStopped', of(1)), paused(2), completed(), failed(false)])
      expect(after([started(), epoch(2), last], stopped)).toMatchObject({
        trial: { ...stopped, currentFence: 1 },
        searchEvents: [],
      });
    const { attempts } = after([started(), aReport('attemptStopped', of(1))], stopped);
    expect(attempts).toMatchObject([{ state: 'stopped' }]);
  });
});
