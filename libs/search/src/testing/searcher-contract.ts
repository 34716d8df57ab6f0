import { sweepSpecSchema, trainingConfigSchema, type SweepSpecInput } from '@fathom/contracts';
import { configOf } from '../config-of';
import type { SearchAction, SearchEvent } from '../events';
import type { JsonObject } from '../json';
import { createSearcher } from '../searcher';

export interface Played {
  readonly actions: readonly SearchAction[];
  readonly state: JsonObject;
}

/** How a played trial ends; `objective` null stands for NaN. */
export type Ending = (trial: number) => SearchEvent;

const completed: Ending = (trial) => ({ type: 'trialCompleted', trial, objective: 1 / trial });

/**
 * Plays a sweep to its end, first come first served. The state goes through JSON between any two events, as it
 * does when a coordinator restarts at every step.
 */
export function play(input: SweepSpecInput, ending: Ending = completed, repeatEvents = false): Played {
  const spec = sweepSpecSchema.parse(input);
  const first = createSearcher(spec).start();
  const actions = [...first.actions];
  let state = first.state;
  const open: number[] = created(first.actions);
  for (let trial = open.shift(); trial !== undefined; trial = open.shift()) {
    for (const event of repeatEvents ? [ending(trial), ending(trial)] : [ending(trial)]) {
      const step = createSearcher(spec).handle(JSON.parse(JSON.stringify(state)) as JsonObject, event);
      actions.push(...step.actions);
      open.push(...created(step.actions));
      state = step.state;
    }
  }
  return { actions, state };
}

const created = (actions: readonly SearchAction[]): number[] =>
  actions.flatMap((action) => (action.type === 'createTrial' ? [action.trial] : []));

/** What every searcher must hold to, whatever its algorithm. Call inside a `describe`. */
export function itHoldsToTheContract(input: SweepSpecInput, plannedTrials: number): void {
  const spec = sweepSpecSchema.parse(input);
  const configurations = (played: Played) =>
    played.actions.flatMap((action) => (action.type === 'createTrial' ? [action.values] : []));

  it('creates each trial once, numbered from 1, and completes once, last', () => {
    const { actions } = play(input);
    const all = Array.from({ length: plannedTrials }, (_, i) => i + 1);
    expect(created(actions)).toEqual(all);
    expect(actions.filter((action) => action.type === 'completeSweep')).toHaveLength(1);
    expect(actions.at(-1)?.type).toBe('completeSweep');
    expect(createSearcher(spec).plannedTrials).toBe(plannedTrials);
  });

  it('proposes only valid configurations, inside the space, none twice', () => {
    const proposed = configurations(play(input));
    for (const values of proposed) {
      expect(Object.keys(values).sort()).toEqual(Object.keys(spec.space).sort());
      expect(trainingConfigSchema.safeParse(configOf(spec, values)).success).toBe(true);
    }
    expect(new Set(proposed.map((values) => JSON.stringify(values))).size).toBe(plannedTrials);
  });

  it('gives the same actions for the same spec, whatever the order of its fields', () => {
    const reversed = Object.fromEntries(Object.entries(spec.space).reverse());
    expect(play({ ...input, space: reversed }).actions).toEqual(play(input).actions);
  });

  it('is not moved by events that come twice', () => {
    expect(play(input, completed, true)).toEqual(play(input));
  });

  it('ends when trials fail, are cancelled or give no number', () => {
    const endings: Ending[] = [
      (trial) => ({ type: 'trialFailed', trial, reason: 'crashed' }),
      (trial) => ({ type: 'trialCancelled', trial }),
      (trial) => ({ type: 'trialCompleted', trial, objective: null }),
    ];
    const { actions } = play(input, (trial) => endings[trial % 3]!(trial));
    const last = actions.at(-1);
    expect(last).toEqual({
      type: 'completeSweep',
      reason: `all ${String(plannedTrials)} trials have ended, ${String(plannedTrials)} of them without a result`,
    });
  });

  it('ignores trials it never created', () => {
    const searcher = createSearcher(spec);
    const { state } = searcher.start();
    for (const trial of [0, -1, 1_000_000])
      expect(searcher.handle(state, { type: 'trialCompleted', trial, objective: 0 })).toEqual({
        state,
        actions: [],
      });
  });
}
