import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import { createSearcher } from '../searcher';
import { context, play, reasonsOf, type Played } from '../testing/searcher-contract';

const spec = {
  name: 'stopping',
  dataset: { kind: 'shapes' },
  space: { learningRate: { min: 0.01, max: 1, scale: 'log' } },
  recipe: { epochs: 2, depth: 8 },
  search: { algorithm: 'random', trials: 10, maxConcurrent: 1 },
  scheduler: { algorithm: 'asha-stopping', compare: 'all' },
} satisfies SweepSpecInput;

const stops = (played: Played) => reasonsOf(played, 'stopTrial');
const went = (played: Played) =>
  [...played.epochsOf.values()].map((epochs) => (epochs > 1 ? 'C' : 'S')).join(' ');

describe('asha-stopping', () => {
  const scores = [0.5, 0.6, 0.4, 0.7, 0.45, 0.9, 0.1, 0.65, 0.61, 0.95];
  /** As Optuna's SuccessiveHalvingPruner where no two are equal: the top max(1, floor(n / 3)), itself included. */
  const optuna = 'C C S C S C S S S C';
  /** Ray Tune's, whose cut-off is an interpolated percentile of the earlier scores; not ours. */
  const ray = 'C C S C S C S C S C';
  const maximized: SweepSpecInput = { ...spec, objective: { goal: 'maximize' } };

  it('stops whom Optuna stops', () => {
    const played = play(maximized, { curve: (trial) => [scores[trial - 1]!] });
    expect(went(played)).toBe(optuna);
    expect(went(played)).not.toBe(ray);
    expect(stops(played)).toContain('8 stopped at epoch 1: 0.65 is 3rd of 8, 2 go on');
  });

  it('lets of equal trials the first go on alone, where Optuna lets all', () => {
    const played = play(spec, { curve: () => [0.5] });
    expect(went(played)).toBe('C S S S S S S S S S');
  });

  it('takes what has no number for the worst, and a crash too', () => {
    const played = play(spec, {
      curve: (trial) => (trial % 3 === 1 ? [null] : trial % 3 === 2 ? undefined : [1 / trial]),
    });
    // Trials 3, 6 and 9 have numbers, and each is better than the one before.
    expect(went(played)).toBe('S S C S S C S S C S');
    expect(stops(played)[0]).toBe('1 stopped at epoch 1: no usable number');
  });

  it('decides by the next report at a rung whose own was lost', () => {
    const input = sweepSpecSchema.parse({ ...spec, recipe: { epochs: 9, depth: 8 } });
    const searcher = createSearcher(input, context);
    searcher.handle({ type: 'sweepStarted' });
    const report = (trial: number, epoch: number, loss: number) =>
      searcher.handle({ type: 'epochReported', trial, epoch, objectives: [loss] });
    expect(report(1, 1, 0.5)).toEqual([]);
    expect(report(1, 4, 0.5)).toEqual([]);
    searcher.handle({ type: 'trialCompleted', trial: 1, objectives: [0.5] });
    expect(report(2, 2, 0.6)[0]).toMatchObject({
      type: 'stopTrial',
      reason: 'stopped at epoch 2: 0.6 is 2nd of 2, 1 goes on',
    });
  });

  it('asks each depth for its own best', () => {
    const input: SweepSpecInput = {
      ...spec,
      recipe: { epochs: 2 },
      space: { depth: [8, 14], learningRate: { min: 0.01, max: 1, points: 3 } },
      search: { algorithm: 'grid', maxConcurrent: 1 },
      scheduler: { algorithm: 'asha-stopping' },
    };
    const played = play(input, { curve: (trial, { depth }) => [Number(depth) + trial] });
    expect(went(played)).toBe('C S S C S S');
    expect(stops(played)[3]).toBe('6 stopped at epoch 1: 20 is not among the best 1 of 3 of depth 14');
  });
});
