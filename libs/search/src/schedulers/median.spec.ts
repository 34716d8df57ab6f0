import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import { createSearcher } from '../searcher';
import type { Configuration } from '../space/search-space';
import { context, play, reasonsOf, type Played } from '../testing/searcher-contract';
import { conditionalEpochs } from '../testing/spaces';
import { MEDIAN_WINDOW } from './median';

type Median = Extract<NonNullable<SweepSpecInput['scheduler']>, { algorithm: 'median' }>;

const spec = (scheduler: Partial<Median> = {}, more: Partial<SweepSpecInput> = {}) =>
  ({
    name: 'median',
    dataset: { kind: 'shapes' },
    space: { learningRate: { min: 0.01, max: 1, scale: 'log' } },
    recipe: { epochs: 4, depth: 8 },
    search: { algorithm: 'random', trials: 10, maxConcurrent: 1 },
    scheduler: { algorithm: 'median', compare: 'all', ...scheduler },
    ...more,
  }) satisfies SweepSpecInput;

const epochs = ({ epochsOf }: Played) => [...epochsOf.values()];
const stops = (played: Played) => reasonsOf(played, 'stopTrial');

describe('median stopping', () => {
  it('stops who is worse than the median of five complete trials, lets equal ones go on', () => {
    const losses = [1, 2, 3, 4, 5, 3, 3.1, 2.9, 2.95, 9];
    const played = play(spec(), { curve: (trial) => [losses[trial - 1]!] });
    // The medians are 3, 3, 3, 2.975 (of 1 2 2.9 3 3 4 5 it would be 3) …
    expect(epochs(played)).toEqual([4, 4, 4, 4, 4, 4, 1, 4, 4, 1]);
    expect(stops(played)[0]).toBe(
      '7 stopped at epoch 1: 3.1 is worse than 3, the median of 6 complete trials',
    );
  });

  it('takes the mean of the middle two of an even number', () => {
    const losses = [1, 2, 3, 4, 2.5, 2.6];
    const played = play(spec({ startupTrials: 4 }), { curve: (trial) => [losses[trial - 1] ?? 9] });
    expect(epochs(played).slice(0, 6)).toEqual([4, 4, 4, 4, 4, 1]);
  });

  it('goes by the best so far', () => {
    const curve = (trial: number, epoch: number) =>
      trial <= 5 ? 3 : trial === 6 ? [2, 8, 8, 8][epoch - 1]! : 8;
    const played = play(spec(), { curve: (trial, _, epoch) => [curve(trial, epoch)] });
    expect(epochs(played)).toEqual([4, 4, 4, 4, 4, 4, 1, 1, 1, 1]);
  });

  it('leaves missing numbers out of the median, and stops who has had none', () => {
    const curve = (trial: number, epoch: number) => {
      if (trial <= 3) return epoch === 1 ? null : trial;
      return trial === 6 ? null : 5;
    };
    const played = play(spec(), { curve: (trial, _, epoch) => [curve(trial, epoch)] });
    // At epoch 1 trials 4 and 5 alone are left, and 5 is their median; at epoch 2 it is 3 of all five.
    expect(epochs(played)).toEqual([4, 4, 4, 4, 4, 1, 2, 2, 2, 2]);
    expect(stops(played)[0]).toBe('6 stopped at epoch 1: no usable number yet');
  });

  it('looks after the warm-up, in its interval, and not after the last epoch', () => {
    const curve = (trial: number) => [trial];
    expect(epochs(play(spec({ warmupEpochs: 1, intervalEpochs: 2 }), { curve })).slice(4)).toEqual([
      4, 3, 3, 3, 3, 3,
    ]);
    const late = (trial: number, _: unknown, epoch: number) => [epoch < 4 ? 1 : trial];
    expect(epochs(play(spec(), { curve: late }))).toEqual(new Array(10).fill(4));
  });

  it('does not look after the last epoch of a trial that has fewer than others', () => {
    const input = spec(
      { startupTrials: 1 },
      {
        space: conditionalEpochs,
        recipe: { epochs: 10, depth: 8 },
        search: { algorithm: 'grid', maxConcurrent: 1 },
      },
    );
    // All are alike until epoch 10; there the trial of adamw, which has no more, is the worst.
    const curve = (_: number, { optimizer }: Configuration, epoch: number) =>
      optimizer === 'adamw' && epoch === 10 ? [0.9] : [1 / epoch];
    const played = play(input, { curve });
    expect(epochs(played)).toEqual([5, 30, 10]);
    expect(stops(played)).toEqual([]);
  });

  it('takes what a curve promises for the last epoch of the trial itself', () => {
    const input = spec(
      { startupTrials: 1, warmupEpochs: 5, compare: 'curve' },
      {
        space: { ...conditionalEpochs, epochs: { values: [30], when: { optimizer: ['sgd'] } } },
        recipe: { epochs: 8, depth: 8 },
        search: { algorithm: 'grid', maxConcurrent: 1 },
      },
    );
    // The first comes to 0.2 in 30 epochs. The other promises 0.225 for its 8th, and would 0.133 for a 30th.
    const curve = (trial: number, _: unknown, epoch: number) => [(trial === 1 ? 1 / 6 : 0.1) + 1 / epoch];
    expect(stops(play(input, { curve }))).toEqual([
      '2 stopped at epoch 6: a promised 0.225 is worse than 0.2, the median of 1 complete trials',
    ]);
  });

  it('looks at the next report where that of an interval was lost', () => {
    const searcher = createSearcher(
      sweepSpecSchema.parse(
        spec({ startupTrials: 1, intervalEpochs: 2 }, { recipe: { epochs: 9, depth: 8 } }),
      ),
      context,
    );
    searcher.handle({ type: 'sweepStarted' });
    for (let epoch = 1; epoch < 9; epoch++)
      searcher.handle({ type: 'epochReported', trial: 1, epoch, objectives: [0.5] });
    searcher.handle({ type: 'trialCompleted', trial: 1, objectives: [0.5] });
    expect(searcher.handle({ type: 'epochReported', trial: 2, epoch: 1, objectives: [0.6] })).toEqual([]);
    expect(
      searcher.handle({ type: 'epochReported', trial: 2, epoch: 5, objectives: [0.6] })[0],
    ).toMatchObject({
      type: 'stopTrial',
      reason: 'stopped at epoch 5: 0.6 is worse than 0.5, the median of 1 complete trials',
    });
  });

  it('compares with the newest complete trials of a long sweep', () => {
    const trials = 5 + MEDIAN_WINDOW + 1;
    const input = spec({}, { search: { algorithm: 'random', trials, maxConcurrent: 1 } });
    // Each is better than all before, so that none is stopped; the last is better than the first five alone.
    const played = play(input, { curve: (trial) => [trial === trials ? trials - 5.5 : trials - trial] });
    expect(stops(played)).toEqual([
      `56 stopped at epoch 1: 50.5 is worse than 25.5, the median of 50 complete trials`,
    ]);
  });

  it('stops who is in a later front than the median', () => {
    const points = [
      [1, 5],
      [2, 4],
      [3, 3],
      [4, 2],
      [5, 1],
      [9, 9],
      [0, 0],
    ];
    const input = spec(
      {},
      {
        search: { algorithm: 'random', trials: 7, maxConcurrent: 1 },
        furtherObjectives: [{ metric: 'trainSeconds' }],
      },
    );
    const played = play(input, { curve: (trial) => points[trial - 1] });
    expect(epochs(played)).toEqual([4, 4, 4, 4, 4, 1, 4]);
    expect(stops(played)).toEqual([
      '6 stopped at epoch 1: 9 / 9 is in front 2, the median of 5 complete trials in front 1',
    ]);
  });

  it('compares within a depth, at equal cost, and by what curves promise', () => {
    const grid = {
      recipe: { epochs: 12 },
      space: { depth: [8, 16], seed: [1, 2, 3] },
      search: { algorithm: 'grid' as const, maxConcurrent: 1 },
    } satisfies Partial<SweepSpecInput>;
    // Trials 1, 3 and 5 have depth 8. A network of depth 16 has after an epoch what one of 8 has after two.
    const curve = (trial: number, values: { depth?: unknown }, epoch: number) => [
      100 - (epoch * Number(values.depth)) / 8 + trial / 100,
    ];
    const run = (compare: Median['compare']) => play(spec({ startupTrials: 2, compare }, grid), { curve });
    expect(epochs(run('all'))).toEqual([12, 12, 1, 12, 1, 1]);
    expect(epochs(run('depth'))).toEqual([12, 12, 12, 12, 1, 1]);
    expect(stops(run('depth'))[0]).toContain('the median of 2 complete trials of depth 8');
    // At equal cost all have the same but for the hundredths.
    expect(epochs(run('cost')).slice(2)).toEqual([1, 1, 1, 1]);
    const promising = (trial: number, _: unknown, epoch: number) => [
      trial <= 3 ? 0.3 + 0.2 / epoch ** 2 : 0.1 + 0.6 / epoch ** 0.5,
    ];
    const look = { warmupEpochs: 5, startupTrials: 3 };
    expect(epochs(play(spec({ ...look, compare: 'all' }, grid), { curve: promising }))).toEqual([
      12, 12, 12, 6, 6, 6,
    ]);
    expect(epochs(play(spec({ ...look, compare: 'curve' }, grid), { curve: promising }))).toEqual(
      new Array(6).fill(12),
    );
  });
});
