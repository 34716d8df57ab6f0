import type { SweepSpecInput } from '@fathom/contracts';
import { play, reasonsOf, type Played } from '../testing/searcher-contract';

const spec = (trials: number, more: Partial<SweepSpecInput> = {}) =>
  ({
    name: 'hyperband',
    dataset: { kind: 'shapes' },
    space: { learningRate: { min: 0.01, max: 1, scale: 'log' } },
    recipe: { epochs: 81, depth: 8 },
    search: { algorithm: 'random', trials },
    scheduler: { algorithm: 'hyperband', compare: 'all' },
    ...more,
  }) satisfies SweepSpecInput;

/** How many of the trials from `first` on trained so many epochs at least. */
const trained = ({ epochsOf }: Played, first: number, count: number, epochs: readonly number[]) =>
  epochs.map((least) => {
    let sum = 0;
    for (let trial = first; trial < first + count; trial++) if ((epochsOf.get(trial) ?? 0) >= least) sum++;
    return sum;
  });

describe('hyperband', () => {
  it('has the table of R = 81 and eta = 3 exactly, and trains each epoch once', () => {
    const played = play(spec(143));
    expect(trained(played, 1, 81, [1, 3, 9, 27, 81])).toEqual([81, 27, 9, 3, 1]);
    expect(trained(played, 82, 34, [3, 9, 27, 81])).toEqual([34, 12, 4, 2]);
    expect(trained(played, 116, 15, [9, 27, 81])).toEqual([15, 5, 2]);
    expect(trained(played, 131, 8, [27, 81])).toEqual([8, 3]);
    expect(trained(played, 139, 5, [81])).toEqual([5]);
    // Survivors go on from their checkpoints: nobody trains an epoch twice.
    const brackets = [81 + 54 + 54 + 54 + 54, 102 + 72 + 72 + 108, 135 + 90 + 108, 216 + 162, 405];
    expect(played.epochs).toBe(brackets.reduce((sum, epochs) => sum + epochs));
    expect(played.events.filter(({ type }) => type === 'epochReported')).toHaveLength(played.epochs);
    expect(Math.max(...played.epochsOf.values())).toBe(81);
  });

  it('repeats the table for more trials than it has, and goes on with what it has in the last bracket', () => {
    const played = play(spec(143 + 81 + 10));
    expect(trained(played, 144, 81, [1, 3, 9, 27, 81])).toEqual([81, 27, 9, 3, 1]);
    // Ten instead of 34.
    expect(trained(played, 225, 10, [3, 9, 27, 81])).toEqual([10, 4, 2, 1]);
  });

  it('begins the next bracket while one waits, and goes on with the first when it can', () => {
    const input = spec(22, {
      recipe: { epochs: 9, depth: 8 },
      search: { algorithm: 'random', trials: 22, maxConcurrent: 8 },
    });
    const { actions } = play(input);
    const kinds = actions.flatMap((action) =>
      action.type === 'createTrial' || action.type === 'resumeTrial' ? [action] : [],
    );
    expect(kinds.slice(0, 10).map(({ type }) => type)).toEqual(new Array(10).fill('createTrial'));
    expect(kinds[8]?.reason).toMatch(/; bracket 1 of 3, up to epoch 1$/);
    expect(kinds[9]?.reason).toMatch(/; bracket 2 of 3, up to epoch 3$/);
    expect(
      actions.flatMap(({ reason }) => (reason.includes('bracket 3 of 3, to the end') ? [1] : [])),
    ).toHaveLength(3);
    const firstResumed = kinds.findIndex(({ type }) => type === 'resumeTrial');
    expect(kinds.slice(firstResumed).some(({ type }) => type === 'createTrial')).toBe(true);
  });

  it('says what a bracket waits for, who goes on and who ends', () => {
    const played = play(spec(3, { recipe: { epochs: 9, depth: 8 } }), { curve: (trial) => [trial / 10] });
    expect(reasonsOf(played, 'pauseTrial')).toContain('2 waits at epoch 1: 2 of 3 of its bracket have come');
    expect(reasonsOf(played, 'resumeTrial')).toEqual([
      '1 promoted from epoch 1 to 3: 0.1 is best of 3',
      '1 promoted from epoch 3 to 9: 0.1 is best of 1',
    ]);
    expect(reasonsOf(played, 'stopTrial')).toEqual([
      '2 ends at epoch 1: 0.2 is 2nd of 3, 1 goes on',
      '3 ends at epoch 1: 0.3 is 3rd of 3, 1 goes on',
    ]);
  });

  it('counts crashes as the worst, and ends the others when the last to come crashes', () => {
    const played = play(spec(6, { recipe: { epochs: 9, depth: 8 } }), {
      curve: (trial) => (trial >= 4 ? undefined : trial === 1 ? [null] : [trial]),
    });
    // Two of six go on.
    expect(reasonsOf(played, 'resumeTrial').slice(0, 2)).toEqual([
      '2 promoted from epoch 1 to 3: 2 is best of 6',
      '3 promoted from epoch 1 to 3: 3 is 2nd of 6',
    ]);
    expect(reasonsOf(played, 'stopTrial')).toContain('1 ends at epoch 1: no usable number, 2 go on');
  });

  it('keeps the best third of each depth', () => {
    const input = spec(0, {
      recipe: { epochs: 9 },
      space: { depth: [8, 14, 20], seed: [1, 2, 3] },
      search: { algorithm: 'grid' },
      scheduler: { algorithm: 'hyperband' },
    });
    const played = play(input, { curve: (trial, { depth }) => [Number(depth) + 1 / trial] });
    // The grid repeats the depths seed by seed, so that the last three are the best of their depths.
    const complete = [...played.epochsOf].filter(([, epochs]) => epochs === 9).map(([trial]) => trial);
    expect(complete).toEqual([7, 8, 9]);
  });
});
