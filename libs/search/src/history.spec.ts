import { History, type Observation } from './history';

const of = (trial: number, state: Observation['state'], losses = [trial]): Observation => ({
  trial,
  values: { depth: 8 },
  state,
  epoch: 1,
  losses,
});
const trialsOf = (observations: readonly Observation[]) => observations.map(({ trial }) => trial);

describe('History', () => {
  it('moves a trial from running over paused and running again to its end', () => {
    const history = new History();
    history.set(of(1, 'running'));
    history.set(of(2, 'running'));
    history.set(of(1, 'paused'));
    expect(trialsOf(history.inFlight())).toEqual([2, 1]);
    history.set(of(1, 'running'));
    history.set(of(2, 'failed', [Infinity]));
    history.set(of(1, 'complete'));
    expect(history.inFlight()).toEqual([]);
    expect(history.finished().map(({ trial, state }) => [trial, state])).toEqual([
      [2, 'failed'],
      [1, 'complete'],
    ]);
  });

  it.each([['complete'], ['paused']] as const)('keeps the best and the newest that are %s', (state) => {
    const history = new History({ best: 3, recent: 5 });
    const kept = () => trialsOf(state === 'paused' ? history.inFlight() : history.finished());
    // The later the worse.
    for (let trial = 1; trial <= 100; trial++) history.set(of(trial, state));
    expect(kept().slice(0, 3)).toEqual([1, 2, 3]);
    expect(kept().slice(-5)).toEqual([96, 97, 98, 99, 100]);
    expect(kept().length).toBeLessThan(10);
  });

  it('keeps the first fronts of several objectives', () => {
    const history = new History({ best: 2, recent: 2 });
    history.set(of(1, 'complete', [0, 9]));
    history.set(of(2, 'complete', [9, 0]));
    for (let trial = 3; trial <= 20; trial++) history.set(of(trial, 'complete', [10, 10]));
    expect(trialsOf(history.finished()).slice(0, 2)).toEqual([1, 2]);
  });

  it('forgets no running trial', () => {
    const history = new History({ best: 1, recent: 1 });
    for (let trial = 1; trial <= 50; trial++) history.set(of(trial, 'running'));
    expect(history.inFlight()).toHaveLength(50);
  });

  it('comes back from its snapshot', () => {
    const history = new History();
    history.set(of(1, 'complete', [0.5, Infinity]));
    history.set(of(2, 'paused'));
    history.set(of(3, 'running', [Infinity]));
    history.set(of(0, 'complete'));
    const snapshot = JSON.parse(JSON.stringify(history.snapshot())) as ReturnType<History['snapshot']>;
    const again = new History().restore(snapshot);
    expect(again.finished()).toEqual(history.finished());
    expect(again.inFlight()).toEqual(history.inFlight());
  });
});
