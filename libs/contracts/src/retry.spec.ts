import { failureRules, type FailureClass } from './failure';
import { halfMicroBatch, withMicroBatch } from './micro-batch';
import { historyAt, noHistory, retryDelay, withFailure } from './retry';

/** Waits before the attempts that follow failures of one class in a row. */
function delaysOf(failureClass: FailureClass, failures: number): (number | undefined)[] {
  let history = noHistory;
  return Array.from({ length: failures }, () => {
    history = withFailure(history, failureClass);
    return retryDelay(history, failureClass);
  });
}

describe('retries', () => {
  it('follow the table: number, first wait, growth and cap', () => {
    expect(delaysOf('storage', 5)).toEqual([5, 15, 45, 135, undefined]);
    expect(delaysOf('out-of-memory', 4)).toEqual([2, 4, 8, undefined]);
    expect(delaysOf('native-crash', 3)).toEqual([2, 8, undefined]);
  });

  it.each(['diverged', 'data', 'user-error'] as const)('are of no use for %s', (failureClass) => {
    expect(delaysOf(failureClass, 1)).toEqual([undefined]);
  });

  it('never end for what made room for others', () => {
    expect(delaysOf('preempted', 1_000)).toEqual(Array.from({ length: 1_000 }, () => 0));
  });

  it('wait no longer than the cap', () => {
    for (const [name, { backoff }] of Object.entries(failureRules))
      for (const delay of delaysOf(name as FailureClass, 8))
        expect(delay ?? 0).toBeLessThanOrEqual(backoff.cap);
  });

  it('are counted for each class alone', () => {
    const history = withFailure(withFailure(noHistory, 'native-crash'), 'native-crash');
    expect(retryDelay(withFailure(history, 'storage'), 'storage')).toBe(5);
    expect(retryDelay(withFailure(history, 'native-crash'), 'native-crash')).toBeUndefined();
  });

  it('are counted anew after a newer checkpoint', () => {
    const history = withFailure({ ...noHistory, step: 90 }, 'internal');
    expect(historyAt(history, { step: 90, losses: 0 }).failures).toEqual({ internal: 1 });
    expect(historyAt(history, { step: 0, losses: 0 })).toEqual(history);
    expect(historyAt(history, { step: 99, losses: 0 })).toEqual({ failures: {}, step: 99, losses: 0 });
  });

  it('count every worker that vanished once', () => {
    const first = historyAt(noHistory, { step: 0, losses: 2 });
    expect(first.failures).toEqual({ 'lost-worker': 2 });
    expect(historyAt(first, { step: 0, losses: 2 })).toEqual(first);
    expect(historyAt(first, { step: 9, losses: 3 })).toEqual({
      failures: { 'lost-worker': 1 },
      step: 9,
      losses: 3,
    });
    expect(retryDelay(historyAt(noHistory, { step: 0, losses: 5 }), 'lost-worker')).toBe(0);
    expect(retryDelay(historyAt(noHistory, { step: 0, losses: 6 }), 'lost-worker')).toBeUndefined();
  });
});

describe('the micro-batch', () => {
  const halvings = (config: { batchSize: number; accumulationSteps: number }) => {
    const sizes: number[] = [];
    for (let next = halfMicroBatch(config); next !== undefined; next = halfMicroBatch(config, next))
      sizes.push(next);
    return sizes;
  };

  it.each([
    [128, 1, [64, 32, 16]],
    [128, 2, [32, 16, 8]],
    [20, 1, [10, 5]],
    [8, 1, [4, 2]],
    [125, 1, []],
    [2, 1, []],
  ])('of %d images in %d parts is halved to %j', (batchSize, accumulationSteps, sizes) => {
    expect(halvings({ batchSize, accumulationSteps })).toEqual(sizes);
  });

  it('changes the parts of a batch and nothing else', () => {
    const config = { batchSize: 128, accumulationSteps: 2, depth: 8 };
    expect(withMicroBatch(config, undefined)).toBe(config);
    expect(withMicroBatch(config, 16)).toEqual({ ...config, accumulationSteps: 8 });
  });
});
