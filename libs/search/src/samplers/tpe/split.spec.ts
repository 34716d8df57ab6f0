import { tpeReference } from '../../../../../test/parity/tpe-reference';
import { History, type Observation } from '../../history';
import { splitOf } from './split';

const observation = (trial: number, rest: Partial<Observation>): Observation => ({
  trial,
  values: {},
  state: 'complete',
  epoch: 9,
  losses: [trial],
  ...rest,
});
const historyOf = (observations: readonly Observation[]): History => {
  const history = new History();
  for (const each of observations) history.set(each);
  return history;
};
const trials = (observations: readonly Observation[]) => observations.map(({ trial }) => trial);

describe.each(tpeReference.splits)('$name, against Optuna', (reference) => {
  const objectives = reference.trials.find(([, , losses]) => losses !== null)?.[2]?.length ?? 1;
  const split = splitOf(
    historyOf(
      reference.trials.map(([state, epoch, losses], i) =>
        observation(i + 1, { state, epoch, losses: losses ?? new Array<number>(objectives).fill(Infinity) }),
      ),
    ),
  );

  it('has the same trials among the best', () => expect(trials(split.below)).toEqual(reference.below));
  it('has the same others', () => expect(trials(split.above)).toEqual(reference.above));
});

describe('the best of a history', () => {
  it('are never failed trials, nor running ones that have reported nothing', () => {
    const split = splitOf(
      historyOf([
        ...[1, 2, 3, 4].map((trial) => observation(trial, { state: 'failed', losses: [Infinity] })),
        observation(5, { state: 'paused', epoch: 1, losses: [7] }),
        observation(6, { state: 'paused', epoch: 1, losses: [Infinity] }),
        observation(7, { state: 'running', epoch: 0, losses: [Infinity] }),
      ]),
    );
    expect(split.known).toBe(1);
    expect(trials(split.below)).toEqual([5]);
    expect(trials(split.above)).toEqual([1, 2, 3, 4, 6, 7]);
  });

  it('are complete trials before any that have not been trained to their end, however low their loss', () => {
    const paused = Array.from({ length: 30 }, (_, i) =>
      observation(i + 1, { state: 'paused', epoch: 3, losses: [0.1] }),
    );
    const complete = [31, 32].map((trial) => observation(trial, { losses: [0.5] }));
    const promoted = observation(33, { state: 'running', epoch: 5, losses: [0.4] });
    const split = splitOf(historyOf([...paused, ...complete, promoted]));
    expect(split.known).toBe(32);
    expect(trials(split.below)).toEqual([1, 31, 32, 33]);
  });

  it('are at most 25, and the others at most 1,000, the newest', () => {
    const history = new History({ best: 1_000, recent: 1_000 });
    for (let trial = 1; trial <= 1_200; trial++) history.set(observation(trial, {}));
    const { below, above } = splitOf(history);
    expect(trials(below)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    expect(trials(above)).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 201));
  });
});
