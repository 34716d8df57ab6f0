import type { SweepSpecInput } from '@fathom/contracts';
import { play, reasonsOf, type Played } from '../testing/searcher-contract';

type Asha = Extract<NonNullable<SweepSpecInput['scheduler']>, { algorithm: 'asha' }>;

const spec = (trials: number, scheduler: Partial<Asha> = {}, more: Partial<SweepSpecInput> = {}) =>
  ({
    name: 'asha',
    dataset: { kind: 'shapes' },
    space: { depth: [8, 14, 20], learningRate: { min: 0.01, max: 1, scale: 'log' } },
    recipe: { epochs: 27 },
    search: { algorithm: 'random', trials, maxConcurrent: 1 },
    scheduler: { algorithm: 'asha', compare: 'all', ...scheduler },
    ...more,
  }) satisfies SweepSpecInput;

/** Each trial has one loss all the time; those beyond the list are worse than all in it. */
const withLosses = (input: SweepSpecInput, losses: readonly (number | null)[]): Played =>
  play(input, { curve: (trial) => [trial > losses.length ? trial : (losses[trial - 1] ?? null)] });

const decisions = ({ actions }: Played) =>
  actions.flatMap((action) => {
    if (action.type === 'createTrial') return [`begin ${String(action.trial)}`];
    if (action.type === 'resumeTrial')
      return [`${String(action.trial)} to ${String(action.untilEpoch ?? 'the end')}`];
    return [];
  });

describe('asha', () => {
  it('promotes the best in the top third of a rung, the highest rung first, else begins a trial', () => {
    const played = withLosses(spec(40), [0.5, 0.6, 0.4, 0.39, 0.7, 0.3, 0.2, 0.45, 0.29]);
    expect(decisions(played).slice(0, 18)).toEqual([
      'begin 1',
      'begin 2',
      'begin 3',
      // The top one of three.
      '3 to 3',
      'begin 4',
      // The top one of four is another, that has not been promoted.
      '4 to 3',
      'begin 5',
      'begin 6',
      '6 to 3',
      // Third to come to epoch 3, and the best there.
      '6 to 9',
      'begin 7',
      '7 to 3',
      '7 to 9',
      'begin 8',
      'begin 9',
      // The top three of nine are 7, 9 and 6; at epoch 3 the top one of five is 7.
      '9 to 3',
      'begin 10',
      'begin 11',
    ]);
  });

  it('says what a trial waits for, and why it goes on', () => {
    const played = withLosses(spec(40), [0.5, 0.6, 0.4, 0.39, 0.7, 0.3]);
    expect(reasonsOf(played, 'pauseTrial').slice(0, 3)).toEqual([
      '1 waits at epoch 1: 0.5 is best of 1, none goes on yet',
      '2 waits at epoch 1: 0.6 is 2nd of 2, none goes on yet',
      '3 waits at epoch 1: 0.4 is best of 3, 1 goes on',
    ]);
    expect(reasonsOf(played, 'resumeTrial').slice(0, 2)).toEqual([
      '3 promoted from epoch 1 to 3: 0.4 is best of 3',
      '4 promoted from epoch 1 to 3: 0.39 is best of 4',
    ]);
  });

  it('trains the best to the end when no more can come, however few they are', () => {
    const played = withLosses(spec(2), [0.5, 0.6]);
    expect(decisions(played)).toEqual(['begin 1', 'begin 2', '1 to 3', '1 to 9', '1 to the end']);
    expect([...played.epochsOf.values()]).toEqual([27, 1]);
  });

  it('rounds up when no more can come', () => {
    // Of four, two: one would be the top third.
    const played = withLosses(spec(4), [0.5, 0.6, 0.7, 0.8]);
    expect(decisions(played)).toContain('2 to 3');
    expect(decisions(played)).not.toContain('3 to 3');
  });

  it('ends a trial as soon as its turn can never come', () => {
    const played = withLosses(spec(3), [0.5, 0.6, 0.4]);
    expect(reasonsOf(played, 'stopTrial')).toEqual([
      '2 ends at epoch 1: 0.6 is not among the best 1 of 2, and no more can go on',
      '1 ends at epoch 1: 0.5 is not among the best 1 of 3, and no more can go on',
    ]);
  });

  it('takes a trial without a number for the worst, and one that crashed too', () => {
    const played = play(spec(4), {
      curve: (trial) => (trial === 1 ? [null] : trial === 2 ? undefined : [trial / 10]),
    });
    // Two of four go on: those with a number.
    expect(decisions(played)).toEqual([
      'begin 1',
      'begin 2',
      'begin 3',
      '3 to 3',
      'begin 4',
      '4 to 3',
      '3 to 9',
      '3 to the end',
    ]);
    expect(reasonsOf(played, 'stopTrial')[0]).toBe('1 ends at epoch 1: no usable number');
  });

  it('compares within a depth and trains the best of each to the end', () => {
    const played = play(
      spec(
        0,
        { compare: 'depth' },
        {
          space: { depth: [8, 14], learningRate: { min: 0.01, max: 1, points: 3 } },
          search: { algorithm: 'grid' },
        },
      ),
      // The deep ones are worse, all of them.
      { curve: (trial, { depth }) => [Number(depth) + trial / 10] },
    );
    const ends = decisions(played).filter((decision) => decision.endsWith('to the end'));
    expect(ends).toEqual(['1 to the end', '4 to the end']);
    expect(reasonsOf(played, 'resumeTrial')).toContain(
      '4 promoted from epoch 1 to 3: 14.4 is best of 3 of depth 14',
    );
  });

  it('pauses deep networks earlier and shallow ones later where rungs are at equal cost', () => {
    const { actions } = withLosses(spec(30, { compare: 'cost' }), []);
    const [until, ways] = [new Map<unknown, unknown>(), new Map<unknown, Set<string>>()];
    const depths = actions.flatMap((action) => (action.type === 'createTrial' ? [action.values.depth] : []));
    for (const action of actions) {
      if (action.type === 'createTrial') until.set(action.values.depth, action.untilEpoch);
      if (action.type !== 'resumeTrial') continue;
      const depth = depths[action.trial - 1];
      const way = /epoch \d+ to \d+/.exec(action.reason)?.[0] ?? action.reason;
      ways.set(depth, (ways.get(depth) ?? new Set()).add(way));
    }
    // An epoch costs its depth; the typical one is 14, which pauses at the rungs themselves.
    expect([until.get(8), until.get(14), until.get(20)]).toEqual([2, 1, 1]);
    expect([...(ways.get(8) ?? [])]).toEqual(['epoch 2 to 5', 'epoch 5 to 16', 'epoch 16 to 27']);
    expect([...(ways.get(14) ?? [])]).toEqual(['epoch 1 to 3', 'epoch 3 to 9', 'epoch 9 to 27']);
    // Of the deepest none gets further here; its next rung would be at 6.
    expect([...(ways.get(20) ?? [])]).toEqual(['epoch 1 to 2']);
  });

  it('sees by the curve who will be ahead', () => {
    const laws = [(e: number) => 0.3 + 0.3 / e ** 2, (e: number) => 0.1 + 0.6 / e ** 0.5, () => 0.6];
    const run = (compare: Asha['compare']) =>
      play(spec(3, { compare, minEpochs: 8 }), { curve: (trial, _, e) => [laws[trial - 1]!(e)] });
    expect(decisions(run('all')).at(-1)).toBe('1 to the end');
    const byCurve = run('curve');
    expect(decisions(byCurve).at(-1)).toBe('2 to the end');
    expect(reasonsOf(byCurve, 'resumeTrial')[0]).toBe(
      '2 promoted from epoch 8 to 24: a promised 0.2155 is best of 3',
    );
  });

  it('ranks several objectives by non-domination', () => {
    const input = spec(4, {}, { furtherObjectives: [{ metric: 'parameters', goal: 'maximize' }] });
    // Losses (0.5, -3), (0.4, -4), (0.6, -1) and (0.7, -9): 2 and 4 are not dominated.
    const objectives = [
      [0.5, 3],
      [0.4, 4],
      [0.6, 1],
      [0.7, 9],
    ];
    const played = play(input, { curve: (trial) => objectives[trial - 1] });
    const promoted = decisions(played).filter((decision) => decision.endsWith(' to 3'));
    expect(promoted).toEqual(['2 to 3', '4 to 3']);
    expect(reasonsOf(played, 'pauseTrial')[0]).toBe(
      '1 waits at epoch 1: 0.5 / 3 is best of 1, none goes on yet',
    );
  });
});
