import { sweepSpecSchema, type SweepSpec, type SweepSpecInput } from '@fathom/contracts';
import type { SearchAction, SearchEvent } from '../events';
import type { Searcher } from '../searcher';
import { conditionalEpochs } from '../testing/spaces';
import type { SimulatedFleet } from './fleet';
import { simulate, Simulation } from './simulation';

const grid: SweepSpecInput = {
  name: 'a sweep',
  dataset: { kind: 'shapes' },
  space: { depth: [8, 14, 20], seed: { min: 1, max: 4 } },
  search: { algorithm: 'grid' },
  recipe: { epochs: 5 },
};
const spec = sweepSpecSchema.parse(grid);
const fleet: SimulatedFleet = {
  workers: 3,
  curve: ({ depth, seed }, epoch) => [Number(depth) + Number(seed) / 10 + 1 / epoch],
  epochSeconds: ({ depth }) => Number(depth),
  groupOf: ({ depth }) => Number(depth),
};

/** A searcher that says what it is told to say, and nothing else. */
const scripted = (answer: (event: SearchEvent) => readonly SearchAction[]): Searcher => ({
  plannedTrials: 2,
  handle: answer,
  snapshot: () => ({}),
});
const create = (trial: number, untilEpoch?: number): SearchAction => ({
  type: 'createTrial',
  trial,
  values: { depth: 8 },
  reason: 'asked for',
  ...(untilEpoch === undefined ? {} : { untilEpoch }),
});

describe('simulate', () => {
  it('trains every trial of a grid and counts what that takes', () => {
    const result = simulate(spec, fleet);
    expect(result).toMatchObject({
      isComplete: true,
      epochs: 60,
      trials: { created: 12, completed: 12, stopped: 0, failed: 0 },
      // Four of each depth, five epochs, as many seconds as the depth.
      deviceSeconds: 4 * 5 * (8 + 14 + 20),
    });
    expect([...result.completed]).toEqual([8, 14, 20].map((depth) => [depth, 4]));
    expect([...result.trained]).toEqual([8, 14, 20].map((depth) => [depth, [4, 4, 4, 4, 4]]));
  });

  it('knows epochs that take less than others', () => {
    // The first two take half of the mean, the other three four thirds.
    const share = (epoch: number) => (epoch < 2 ? 1 / 2 : 4 / 3);
    const epochShare = (_: unknown, from: number, to: number) => {
      let sum = 0;
      for (let epoch = from; epoch < to; epoch++) sum += share(epoch);
      return sum / (to - from);
    };
    for (const reports of ['epochs', 'segments'] as const)
      expect(simulate(spec, { ...fleet, epochShare, reports }).deviceSeconds).toBeCloseTo(840);
    const rungs = sweepSpecSchema.parse({
      ...grid,
      scheduler: { algorithm: 'asha', minEpochs: 1, eta: 3 },
    });
    const [even, uneven] = [{}, { epochShare }].map((more) => simulate(rungs, { ...fleet, ...more }));
    expect(uneven?.epochs).toBe(even?.epochs);
    expect(uneven?.deviceSeconds).toBeLessThan(0.9 * (even?.deviceSeconds ?? 0));
  });

  it('trains as many epochs as the recipe says where the configuration has none', () => {
    const input = { ...grid, space: conditionalEpochs, recipe: { depth: 8, epochs: 10 } };
    expect(simulate(sweepSpecSchema.parse(input), { ...fleet, epochSeconds: () => 1 }).epochs).toBe(45);
  });

  it('takes as long as the slowest path, whatever the number of workers', () => {
    expect(simulate(spec, { ...fleet, workers: 1 }).seconds).toBe(840);
    expect(simulate(spec, { ...fleet, workers: 12 }).seconds).toBe(100);
    expect(simulate(spec, { ...fleet, workers: 10_000, startSeconds: 7 }).seconds).toBe(107);
  });

  it('knows the best so far over virtual time', () => {
    const { best } = simulate(spec, { ...fleet, workers: 1, curve: ({ seed }) => [-Number(seed)] });
    expect(best.map(({ values, objectives }) => [values.seed, objectives[0]])).toEqual([
      [1, -1],
      [2, -2],
      [3, -3],
      [4, -4],
    ]);
    expect(best.map(({ seconds }) => seconds)).toEqual([40, 250, 460, 670]);
  });

  it('says what had been done when a budget was used up, and goes on', () => {
    const { limits, seconds } = simulate(spec, {
      ...fleet,
      workers: 1,
      limits: { seconds: 100, deviceSeconds: 300 },
    });
    expect(seconds).toBe(840);
    expect(limits.seconds).toMatchObject({ seconds: 100, deviceSeconds: 100, trials: { completed: 1 } });
    expect(limits.deviceSeconds).toMatchObject({
      seconds: 300,
      deviceSeconds: 300,
      trials: { completed: 4 },
    });
    expect(simulate(spec, { ...fleet, limits: { seconds: 1e6 } }).limits).toEqual({});
  });

  it('lets trials crash and give no number by a seed', () => {
    const unlucky: SimulatedFleet = { ...fleet, misfortune: { seed: 3, crash: 0.05, nan: 0.05 } };
    const result = simulate(spec, unlucky);
    expect(result.isComplete).toBe(true);
    expect(result.trials.failed).toBeGreaterThan(0);
    expect(result.trials.failed + result.trials.completed).toBe(12);
    expect(simulate(spec, unlucky)).toEqual(result);
    expect(simulate(spec, { ...fleet, misfortune: { seed: 3, crash: 1 } }).trials.failed).toBe(12);
    expect(simulate(spec, { ...fleet, misfortune: { seed: 3, nan: 1 } }).best).toEqual([]);
  });

  it('comes to the same when only the ends of segments are reported', () => {
    const { best, ...whole } = simulate(spec, fleet);
    const { best: bestOfSegments, ...segments } = simulate(spec, { ...fleet, reports: 'segments' });
    expect(segments).toEqual(whole);
    // An epoch that others have in progress counts where it is reported only.
    const withoutEpochs = best.map((each) => ({ ...each, epochs: expect.any(Number) as number }));
    expect(bestOfSegments).toEqual(withoutEpochs);
  });

  it('can be played in parts', () => {
    const simulation = new Simulation(spec, fleet);
    let parts = 1;
    while (simulation.run(7)) parts++;
    expect(parts).toBe(Math.ceil(60 / 7));
    expect(simulation.result()).toEqual(simulate(spec, fleet));
  });
});

describe('a simulated worker', () => {
  const one: SimulatedFleet = { ...fleet, workers: 1, epochSeconds: () => 1 };
  const told = (searcher: Searcher, more: Partial<SimulatedFleet> = {}) => {
    const events: [SearchEvent['type'], number | undefined, number][] = [];
    const onEvent: SimulatedFleet['onEvent'] = (event, seconds) =>
      events.push([event.type, 'trial' in event ? event.trial : undefined, seconds]);
    const result = simulate(spec, { ...one, ...more, searcher, onEvent });
    return { events: events.filter(([type]) => type !== 'epochReported'), result };
  };

  it('pauses where it was told to, and takes a resumed trial before a new one', () => {
    const { events, result } = told(
      scripted((event) => {
        if (event.type === 'sweepStarted') return [create(1, 2), create(2), create(3, 1)];
        if (event.type === 'trialPaused' && event.trial === 1)
          return [{ type: 'resumeTrial', trial: 1, reason: 'the best' }];
        return [];
      }),
    );
    expect(events).toEqual([
      ['sweepStarted', undefined, 0],
      ['trialPaused', 1, 2],
      ['trialCompleted', 1, 5],
      ['trialCompleted', 2, 10],
      ['trialPaused', 3, 11],
    ]);
    expect(result.isComplete).toBe(false);
  });

  it('is free at once when its trial is stopped, and a queued trial that is stopped never trains', () => {
    const { events, result } = told(
      scripted((event) => {
        if (event.type === 'sweepStarted') return [create(1), create(2), create(3)];
        if (event.type !== 'epochReported' || event.trial !== 1) return [];
        return [1, 2].map((trial) => ({ type: 'stopTrial', trial, reason: 'the worst' }));
      }),
    );
    expect(events.slice(1)).toEqual([['trialCompleted', 3, 6]]);
    expect(result).toMatchObject({ epochs: 6, deviceSeconds: 6, trials: { stopped: 2, completed: 1 } });
  });

  it('stops the trial of another worker in the middle of its epoch', () => {
    const { result } = told(
      scripted((event) => {
        if (event.type === 'sweepStarted')
          return [create(1), { ...create(2), values: { depth: 20 } } as SearchAction];
        return event.type === 'trialCompleted' && event.trial === 1
          ? [{ type: 'stopTrial', trial: 2, reason: 'no longer wanted' }]
          : [];
      }),
      { workers: 2, epochSeconds: ({ depth }) => (depth === 20 ? 100 : 1) },
    );
    expect(result).toMatchObject({ seconds: 5, deviceSeconds: 10, epochs: 5 });
  });

  it('goes on from the epoch of the trial it was copied from', () => {
    const { result } = told(
      scripted((event) =>
        event.type === 'sweepStarted' ? [{ ...create(2), from: { trial: 1, epoch: 3 } } as SearchAction] : [],
      ),
    );
    expect(result.epochs).toBe(2);
    expect(result.trained.get(8)).toEqual([0, 0, 0, 1, 1]);
  });

  it('takes no order that cannot be', () => {
    const wrong = (action: SearchAction) =>
      scripted((event) => (event.type === 'sweepStarted' ? [create(1), action] : []));
    expect(() => told(wrong({ type: 'resumeTrial', trial: 1, reason: '' }))).toThrow(
      'trial 1 is queued, not paused',
    );
    expect(() => told(wrong({ type: 'stopTrial', trial: 2, reason: '' }))).toThrow('trial 2 is not open');
  });
});

describe('a large fleet', () => {
  it('plays more trials than a sweep may have', () => {
    const search = { algorithm: 'random', trials: 20_000, seed: 1, maxConcurrent: 1_000 } as const;
    const space = { depth: [8, 14], learningRate: { min: 0.01, max: 1, scale: 'log' as const } };
    const large: SweepSpec = { ...sweepSpecSchema.parse({ ...grid, space }), search };
    expect(() => simulate(large, fleet)).toThrow('more than the 10000 a sweep may have');
    const result = simulate(large, { ...fleet, workers: 1_000, maxTrials: 20_000, reports: 'segments' });
    expect(result.trials.completed).toBe(20_000);
    expect(result.epochs).toBe(100_000);
  });
});
