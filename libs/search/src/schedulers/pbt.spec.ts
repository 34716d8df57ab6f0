import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import type { SearchAction } from '../events';
import { createSearcher, type Searcher } from '../searcher';
import { context, play } from '../testing/searcher-contract';

type Pbt = Extract<NonNullable<SweepSpecInput['scheduler']>, { algorithm: 'pbt' }>;
type Create = Extract<SearchAction, { type: 'createTrial' }>;

const spec = (scheduler: Partial<Pbt> = {}, more: Partial<SweepSpecInput> = {}) =>
  ({
    name: 'population',
    dataset: { kind: 'shapes' },
    space: {
      depth: [8, 14],
      learningRate: { min: 0.01, max: 1, scale: 'log' },
      weightDecay: { min: 0, max: 0.1 },
      augment: ['none', 'flip', 'pad-crop-flip'],
    },
    recipe: { epochs: 8 },
    search: { algorithm: 'random', trials: 8, seed: 1 },
    scheduler: { algorithm: 'pbt', intervalEpochs: 2, ...scheduler },
    ...more,
  }) satisfies SweepSpecInput;

const copies = (actions: readonly SearchAction[]) =>
  actions.flatMap((action) => (action.type === 'createTrial' && action.from ? [action] : []));
const start = (input: SweepSpecInput): [Searcher, readonly Create[]] => {
  const searcher = createSearcher(sweepSpecSchema.parse(input), context);
  const actions = searcher.handle({ type: 'sweepStarted' });
  return [searcher, actions.flatMap((action) => (action.type === 'createTrial' ? [action] : []))];
};
const pause = (searcher: Searcher, trial: number, epoch: number, loss: number | null) =>
  searcher.handle({ type: 'trialPaused', trial, epoch, objectives: [loss] });

describe('population-based training', () => {
  it('replaces the worst quarter by changed copies of the best quarter, at their last pause', () => {
    const [searcher, begun] = start(spec({ resampleProbability: 0 }));
    expect(begun.map(({ untilEpoch }) => untilEpoch)).toEqual(new Array(8).fill(2));
    for (let trial = 1; trial <= 7; trial++) {
      const actions = pause(searcher, trial, 2, 0.5 - trial / 100);
      expect(actions.map(({ type }) => type)).toEqual(['pauseTrial', 'resumeTrial']);
    }
    const actions = pause(searcher, 8, 2, 0.9);
    expect(actions.map(({ type }) => type)).toEqual(['pauseTrial', 'stopTrial', 'createTrial']);
    const [copy] = copies(actions);
    const donor = begun[copy!.from!.trial - 1]!;
    // The best two of eight.
    expect([6, 7]).toContain(donor.trial);
    expect(actions[1]).toMatchObject({
      trial: 8,
      reason: `replaced by trial 9, a copy of trial ${String(donor.trial)}: 0.9 is 8th of 8`,
    });
    expect(copy).toMatchObject({ trial: 9, from: { epoch: 2 }, untilEpoch: 4 });
    expect(copy?.reason).toContain(`copy of trial ${String(donor.trial)} at epoch 2 in place of trial 8: `);
    const { learningRate, weightDecay, depth } = copy!.values;
    expect(depth).toBe(donor.values.depth);
    const factor = Number(learningRate) / Number(donor.values.learningRate);
    expect(learningRate === 1 || learningRate === 0.01 || Math.abs(Math.abs(factor - 1) - 0.2) < 1e-9).toBe(
      true,
    );
    expect(Number(weightDecay)).toBeLessThanOrEqual(0.1);
  });

  it('replaces a member without a number, and goes on with one that has nobody to be compared with', () => {
    const [searcher] = start(spec());
    expect(pause(searcher, 1, 2, null).map(({ type }) => type)).toEqual(['pauseTrial', 'resumeTrial']);
    pause(searcher, 2, 2, 0.5);
    expect(pause(searcher, 3, 2, null).map(({ type }) => type)).toContain('stopTrial');
  });

  it('holds a member after its next pause until its copies have begun', () => {
    const [searcher] = start(
      spec({ quantile: 0.5 }, { search: { algorithm: 'random', trials: 2, seed: 1 } }),
    );
    pause(searcher, 1, 2, 0.1);
    expect(copies(pause(searcher, 2, 2, 0.9))).toMatchObject([{ trial: 3, from: { trial: 1, epoch: 2 } }]);
    // It pauses again: the checkpoint that trial 3 needs is now the second newest of the two that are kept.
    expect(pause(searcher, 1, 4, 0.1).map(({ type }) => type)).toEqual(['pauseTrial']);
    expect(searcher.handle({ type: 'epochReported', trial: 3, epoch: 3, objectives: [0.2] })).toMatchObject([
      { type: 'resumeTrial', trial: 1, untilEpoch: 6, reason: 'goes on from epoch 4 to 6: 0.1 is best of 1' },
    ]);
  });

  it('lets who is furthest behind go first where places are few', () => {
    const { actions } = play(
      spec({}, { search: { algorithm: 'random', trials: 6, seed: 1, maxConcurrent: 2 } }),
      {
        curve: () => [0.5],
      },
    );
    const order = actions.flatMap((action) => {
      if (action.type === 'createTrial' && !action.from) return [0];
      return action.type === 'resumeTrial' ? [Number(/from epoch (\d+)/.exec(action.reason)?.[1])] : [];
    });
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it('changes only what is named, and keeps constraints', () => {
    const input = spec(
      { mutate: ['learningRate'], resampleProbability: 1 },
      { constraints: ['learningRate * depth <= 4'], search: { algorithm: 'random', trials: 12, seed: 4 } },
    );
    const { actions } = play(input, { curve: (trial) => [(trial * 7) % 12] });
    const made = copies(actions);
    expect(made.length).toBeGreaterThan(2);
    for (const { values, from } of made) {
      const donor = actions.find(
        (action): action is Create => action.type === 'createTrial' && action.trial === from?.trial,
      )!;
      const { learningRate, ...rest } = values;
      const { learningRate: before, ...same } = donor.values;
      expect(rest).toEqual(same);
      expect(learningRate).not.toBe(before);
      expect(Number(learningRate) * Number(values.depth)).toBeLessThanOrEqual(4);
    }
  });
});
