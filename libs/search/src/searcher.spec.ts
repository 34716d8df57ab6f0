import { sweepSpecSchema, type SweepSpecInput } from '@fathom/contracts';
import type { SearchEvent } from './events';
import { planSize } from './plan-size';
import { createSearcher, type Searcher } from './searcher';
import { SearchSpecError } from './search-spec-error';
import { context, itHoldsToTheContract, play } from './testing/searcher-contract';

const base = { name: 'a sweep', dataset: { kind: 'shapes' } } as const;
const gridSpec: SweepSpecInput = {
  ...base,
  space: { depth: [8, 14, 20], variant: ['residual', 'plain'], seed: { min: 0, max: 1 } },
  search: { algorithm: 'grid' },
};
const space = {
  depth: [8, 14, 20, 26],
  learningRate: { min: 0.01, max: 1, scale: 'log' as const },
  batchSize: { min: 32, max: 512, scale: 'log' as const },
  momentum: { min: 0.8, max: 0.95, step: 0.05 },
};
const randomSpec: SweepSpecInput = { ...base, space, search: { algorithm: 'random', trials: 40, seed: 7 } };
const discreteSpec: SweepSpecInput = {
  ...base,
  space: { depth: { min: 8, max: 50, step: 6 }, seed: [1, 2, 3] },
  search: { algorithm: 'random', trials: 24, seed: 1 },
};
const logIntegerSpec: SweepSpecInput = {
  ...base,
  space: { depth: [8], batchSize: { min: 1, max: 30, scale: 'log' } },
  search: { algorithm: 'random', trials: 30, seed: 1 },
};

describe('grid', () => itHoldsToTheContract(gridSpec, 12));
describe('grid, two at a time', () =>
  itHoldsToTheContract({ ...gridSpec, search: { algorithm: 'grid', maxConcurrent: 2 } }, 12));
describe('grid, cut by budget.maxTrials', () =>
  itHoldsToTheContract({ ...gridSpec, budget: { maxTrials: 5 } }, 5));
describe('random over a mixed space', () => itHoldsToTheContract(randomSpec, 40));
describe('random over a whole discrete space', () => itHoldsToTheContract(discreteSpec, 24));
describe('random over all log-scaled integers', () => itHoldsToTheContract(logIntegerSpec, 30));

describe('grid order', () => {
  it('repeats the whole grid seed by seed', () => {
    const values = play(gridSpec).actions.flatMap((a) => (a.type === 'createTrial' ? [a.values] : []));
    expect(values.slice(0, 3)).toEqual([
      { seed: 0, depth: 8, variant: 'residual' },
      { seed: 0, depth: 8, variant: 'plain' },
      { seed: 0, depth: 14, variant: 'residual' },
    ]);
    expect(values[6]).toEqual({ seed: 1, depth: 8, variant: 'residual' });
  });
});

describe('concurrency', () => {
  it('keeps at most maxConcurrent trials open and refills as they end', () => {
    const spec = sweepSpecSchema.parse({ ...gridSpec, search: { algorithm: 'grid', maxConcurrent: 2 } });
    const searcher = createSearcher(spec, context);
    const actions = searcher.handle({ type: 'sweepStarted' });
    expect(actions.map((a) => a.type)).toEqual(['createTrial', 'createTrial']);
    const next = searcher.handle({ type: 'trialCompleted', trial: 2, objectives: [0.1] });
    expect(next).toMatchObject([{ type: 'createTrial', trial: 3 }]);
  });
});

describe('events', () => {
  const started = (scheduler: SweepSpecInput['scheduler']) => {
    const spec = sweepSpecSchema.parse({
      ...gridSpec,
      recipe: { epochs: 9 },
      search: { algorithm: 'grid', maxConcurrent: 2 },
      scheduler,
    });
    const searcher = createSearcher(spec, context);
    searcher.handle({ type: 'sweepStarted' });
    return searcher;
  };
  /** Says nothing new: no action, and the same state. */
  const saysNothing = (searcher: Searcher, ...events: SearchEvent[]) => {
    for (const event of events) {
      const before = searcher.snapshot();
      expect([event, searcher.handle(event)]).toEqual([event, []]);
      expect(searcher.snapshot()).toEqual(before);
    }
  };
  const asha: SweepSpecInput['scheduler'] = { algorithm: 'asha', compare: 'all' };

  it('before the sweep begins, after it and for the second time say nothing', () => {
    const end: SearchEvent = { type: 'trialCompleted', trial: 1, objectives: [0.5] };
    const spec = sweepSpecSchema.parse({ ...gridSpec, budget: { maxTrials: 1 } });
    const searcher = createSearcher(spec, context);
    saysNothing(searcher, end);
    searcher.handle({ type: 'sweepStarted' });
    saysNothing(searcher, { type: 'sweepStarted' });
    expect(searcher.handle(end)).toMatchObject([
      { type: 'completeSweep', reason: 'all 1 trials have ended' },
    ]);
    saysNothing(searcher, end, { type: 'sweepStarted' });
  });

  it('of a trial that has ended say nothing', () => {
    const searcher = started({ algorithm: 'run-all' });
    searcher.handle({ type: 'trialCancelled', trial: 1 });
    saysNothing(
      searcher,
      { type: 'epochReported', trial: 1, epoch: 3, objectives: [0.1] },
      { type: 'trialCompleted', trial: 1, objectives: [0.1] },
      { type: 'trialFailed', trial: 1, reason: 'late' },
    );
  });

  it('that are older than what is known say nothing', () => {
    const searcher = started(asha);
    searcher.handle({ type: 'epochReported', trial: 1, epoch: 1, objectives: [0.1] });
    saysNothing(searcher, { type: 'epochReported', trial: 1, epoch: 1, objectives: [0.9] });
    // Its last epoch has been reported on its own; the pause is news.
    const pause: SearchEvent = { type: 'trialPaused', trial: 1, epoch: 1, objectives: [0.1] };
    expect(searcher.handle(pause)).toMatchObject([{ type: 'pauseTrial' }, { type: 'createTrial', trial: 3 }]);
    saysNothing(searcher, pause, { type: 'epochReported', trial: 1, epoch: 2, objectives: [0.1] });
  });

  it('of a pause where none was asked for say nothing', () => {
    const searcher = started(asha);
    saysNothing(
      searcher,
      { type: 'trialPaused', trial: 1, epoch: 2, objectives: [0.1] },
      { type: 'trialPaused', trial: 1, epoch: 0, objectives: [0.1] },
    );
    saysNothing(started({ algorithm: 'run-all' }), {
      type: 'trialPaused',
      trial: 1,
      epoch: 9,
      objectives: [0.1],
    });
  });

  it('of a first pause that come once more after the trial went on say nothing', () => {
    const searcher = started(asha);
    const pause = (trial: number): SearchEvent => ({
      type: 'trialPaused',
      trial,
      epoch: 1,
      objectives: [trial],
    });
    for (const trial of [2, 3]) searcher.handle(pause(trial));
    expect(searcher.handle(pause(1))).toContainEqual(
      expect.objectContaining({ type: 'resumeTrial', trial: 1 }),
    );
    saysNothing(searcher, pause(1));
  });

  it('let a paused trial be cancelled', () => {
    const searcher = started(asha);
    searcher.handle({ type: 'trialPaused', trial: 1, epoch: 1, objectives: [0.1] });
    searcher.handle({ type: 'trialCancelled', trial: 1 });
    for (const trial of [2, 3, 4]) {
      const actions = searcher.handle({ type: 'trialPaused', trial, epoch: 1, objectives: [trial] });
      expect(actions.filter(({ type }) => type === 'resumeTrial')).toEqual([]);
    }
  });

  it('without a usable number let a trial fail', () => {
    const { events, actions } = play(gridSpec, { curve: () => [null] });
    expect(events.at(-1)?.type).toBe('trialCompleted');
    expect(actions.at(-1)).toMatchObject({ reason: 'all 12 trials have ended, 12 of them without a result' });
  });

  it('are kept as history only for samplers that learn', () => {
    const { state } = play(gridSpec);
    expect(state['history']).toEqual({ running: [], paused: [], ended: [] });
  });
});

describe('random', () => {
  it('spreads evenly over the logarithm of a log scale', () => {
    const spec: SweepSpecInput = { ...randomSpec, search: { algorithm: 'random', trials: 2000, seed: 3 } };
    const rates = play(spec).actions.flatMap((a) =>
      a.type === 'createTrial' ? [Number(a.values.learningRate)] : [],
    );
    const below = rates.filter((rate) => rate < 0.1).length / rates.length;
    expect(below).toBeGreaterThan(0.45);
    expect(below).toBeLessThan(0.55);
  });

  it('draws different trials from another seed', () => {
    const other: SweepSpecInput = { ...randomSpec, search: { algorithm: 'random', trials: 40, seed: 8 } };
    expect(play(other).actions).not.toEqual(play(randomSpec).actions);
  });
});

describe('specs that do not fit together', () => {
  const pathOf = (input: SweepSpecInput): readonly (string | number)[] => {
    try {
      planSize(sweepSpecSchema.parse(input), context);
    } catch (error) {
      if (error instanceof SearchSpecError) return error.path;
      throw error;
    }
    throw new Error('the spec was accepted');
  };

  it('refuses a grid over a continuous range without points', () => {
    const spec = { ...base, space: { depth: [8], learningRate: { min: 0.1, max: 0.2 } } };
    expect(pathOf({ ...spec, search: { algorithm: 'grid' } })).toEqual(['space', 'learningRate']);
  });

  it('refuses more random trials than the space has configurations', () => {
    expect(pathOf({ ...discreteSpec, search: { algorithm: 'random', trials: 25 } })).toEqual([
      'search',
      'trials',
    ]);
  });

  it('refuses more trials than a sweep may have, unless the budget cuts them', () => {
    const huge: SweepSpecInput = {
      ...base,
      space: { depth: [8], seed: { min: 0, max: 20_000 } },
      search: { algorithm: 'grid' },
    };
    expect(pathOf(huge)).toEqual(['space']);
    expect(planSize(sweepSpecSchema.parse({ ...huge, budget: { maxTrials: 10 } }), context)).toBe(10);
    const simulated = createSearcher(sweepSpecSchema.parse(huge), context, undefined, { maxTrials: 20_001 });
    expect(simulated.plannedTrials).toBe(20_001);
  });
});

describe('bounded work', () => {
  it('keeps its state small over 10,000 trials', () => {
    const spec: SweepSpecInput = {
      ...base,
      space: { depth: [8], seed: { min: 1, max: 10_000 } },
      search: { algorithm: 'grid', maxConcurrent: 8 },
    };
    const { state, actions } = play(spec);
    expect(actions).toHaveLength(10_001);
    expect(JSON.stringify(state).length).toBeLessThan(400);
  });
});
