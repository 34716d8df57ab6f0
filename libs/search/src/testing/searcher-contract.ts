import { sweepSpecSchema, trainingConfigSchema, type SweepSpecInput } from '@fathom/contracts';
import { configOf } from '../config-of';
import type { SearchAction } from '../events';
import { createSearcher } from '../searcher';
import { context, improving, play, type Curve, type Played } from './play';

export { context, play } from './play';

const created = (actions: readonly SearchAction[]): number[] =>
  actions.flatMap((action) => (action.type === 'createTrial' ? [action.trial] : []));

/** Of three trials one crashes in its second epoch (or its only one), and one gives no number. */
const troubled =
  (epochs: number): Curve =>
  (trial, values, epoch) => {
    if (trial % 3 === 0 && epoch === Math.min(2, epochs)) return undefined;
    return trial % 3 === 1 ? [null] : improving(trial, values, epoch);
  };

export interface ContractOptions {
  /** Copies of population-based training are trials beyond those of the plan, and have no configuration of their own. */
  readonly clones?: boolean;
}

/** What every searcher must hold to, whatever its algorithms. Call inside a `describe`. */
export function itHoldsToTheContract(
  input: SweepSpecInput,
  plannedTrials: number,
  { clones = false }: ContractOptions = {},
): void {
  const spec = sweepSpecSchema.parse(input);
  const drawn = (played: Played) =>
    played.actions.flatMap((action) =>
      action.type === 'createTrial' && action.from === undefined ? [action.values] : [],
    );

  it('creates each trial once, numbered from 1, and completes once, last', () => {
    const { actions } = play(input);
    const trials = created(actions);
    expect(trials).toEqual(trials.map((_, index) => index + 1));
    expect(drawn(play(input))).toHaveLength(plannedTrials);
    if (!clones) expect(trials).toHaveLength(plannedTrials);
    expect(actions.filter((action) => action.type === 'completeSweep')).toHaveLength(1);
    expect(actions.at(-1)?.type).toBe('completeSweep');
    expect(createSearcher(spec, context).plannedTrials).toBe(plannedTrials);
  });

  it('proposes only valid configurations, inside the space, none twice', () => {
    const proposed = drawn(play(input));
    for (const values of proposed) {
      for (const name of Object.keys(values)) expect(Object.keys(spec.space)).toContain(name);
      expect(trainingConfigSchema.safeParse(configOf(spec, values)).success).toBe(true);
    }
    expect(new Set(proposed.map((values) => JSON.stringify(values))).size).toBe(plannedTrials);
  });

  it('gives the same actions for the same spec, whatever the order of its fields', () => {
    const reversed = Object.fromEntries(Object.entries(spec.space).reverse());
    expect(play({ ...input, space: reversed }).actions).toEqual(play(input).actions);
  });

  it('is not moved by events that come twice', () => {
    const twice = play(input, { repeatEvents: true });
    expect(twice.actions).toEqual(play(input).actions);
    expect(twice.state).toEqual(play(input).state);
  });

  it('goes on from its state as if it had never stopped, at every step', () => {
    const restarted = play(input, { restart: true });
    const { actions, state } = play(input);
    expect(restarted.actions).toEqual(actions);
    expect(restarted.state).toEqual(state);
  });

  it('ends when trials crash or give no number', () => {
    const { actions } = play(input, { curve: troubled(spec.recipe.epochs ?? 3) });
    expect(actions.at(-1)?.type).toBe('completeSweep');
    expect(drawn({ ...play(input), actions })).toHaveLength(plannedTrials);
  });

  it('ends when no trial gives anything', () => {
    for (const curve of [() => undefined, () => [null]] as Curve[])
      expect(play(input, { curve }).actions.at(-1)?.type).toBe('completeSweep');
  });

  it('ignores trials it never created', () => {
    const searcher = createSearcher(spec, context);
    searcher.handle({ type: 'sweepStarted' });
    const before = searcher.snapshot();
    for (const trial of [0, -1, 1_000_000])
      expect(searcher.handle({ type: 'trialCompleted', trial, objectives: [0] })).toEqual([]);
    expect(searcher.snapshot()).toEqual(before);
  });
}
