import { readdirSync } from 'node:fs';
import {
  decisionPageSchema,
  liveEventSchema,
  sweepDetailSchema,
  trialDetailSchema,
  trialPageSchema,
  type Decision,
  type LiveEvent,
  type SweepDetail,
  type SweepSpecInput,
  type TrialDetail,
} from '@fathom/contracts';
import { aSweepRequest, eventually } from '@fathom/testkit';
import type { z } from 'zod';
import { useStack, type StackWorker } from './use-stack';

jest.setTimeout(240_000);

/** 9 steps in an epoch. */
const EPOCHS = 4;
const STEPS = 9;
const recipe = { depth: 8, width: 0.25, epochs: EPOCHS, batchSize: 20, schedule: 'constant' } as const;
const anyRate = { learningRate: { min: 0.001, max: 0.1, scale: 'log' } } as const;
/** From the best to one that learns nothing, in the order in which they begin. */
const worseAndWorse = { learningRate: [0.05, 0.02, 1e-7] };
const halving = { eta: 2, compare: 'all' } as const;

/** A short sweep of each scheduler; together they have each sampler that learns, too. */
const requests = {
  asha: {
    space: anyRate,
    search: { algorithm: 'tpe', trials: 4, startupTrials: 2 },
    scheduler: { algorithm: 'asha', ...halving },
  },
  'asha of two objectives': {
    space: { ...anyRate, depth: [8, 14] },
    search: { algorithm: 'nsga-ii', trials: 4, populationSize: 4 },
    scheduler: { algorithm: 'asha', ...halving },
    furtherObjectives: [{ metric: 'parameters' }],
    recipe: { ...recipe, depth: undefined },
  },
  'asha-stopping': {
    space: anyRate,
    search: { algorithm: 'gp', trials: 4, startupTrials: 2, maxConcurrent: 2 },
    scheduler: { algorithm: 'asha-stopping', ...halving },
  },
  hyperband: {
    space: anyRate,
    search: { algorithm: 'sobol', trials: 4 },
    scheduler: { algorithm: 'hyperband', ...halving },
  },
  median: {
    space: anyRate,
    search: { algorithm: 'cma-es', trials: 4, populationSize: 3 },
    scheduler: { algorithm: 'median', startupTrials: 1, compare: 'all' },
  },
  pbt: {
    objective: { metric: 'trainLoss' },
    space: worseAndWorse,
    search: { algorithm: 'grid' },
    scheduler: { algorithm: 'pbt', intervalEpochs: 1 },
    recipe: { ...recipe, epochs: 3 },
  },
} satisfies Record<string, Partial<SweepSpecInput>>;
type Name = keyof typeof requests;
const names = Object.keys(requests) as Name[];

interface Ended {
  readonly sweep: SweepDetail;
  readonly trials: readonly TrialDetail[];
  readonly decisions: readonly Decision[];
  readonly events: readonly LiveEvent[];
}

describe('sweeps of every scheduler and sampler, trained by two workers', () => {
  const stack = useStack();
  const ended = new Map<Name, Ended>();
  const workers: StackWorker[] = [];
  const resultOf = (name: Name): Ended => {
    const found = ended.get(name);
    if (!found) throw new Error(`${name} has not ended`);
    return found;
  };

  const get = async <S extends z.ZodType>(schema: S, path: string): Promise<z.output<S>> => {
    const response = await fetch(stack.url + path);
    expect(response.status).toBe(200);
    return schema.parse(await response.json());
  };

  /** The stream of an ended sweep ends as well. */
  async function eventsOf(path: string): Promise<LiveEvent[]> {
    const text = await (await fetch(`${stack.url}${path}/events`)).text();
    return [...text.matchAll(/^data: ?(.*)$/gm)].map(([, json = '']) =>
      liveEventSchema.parse(JSON.parse(json)),
    );
  }

  async function untilEnded(path: string): Promise<Ended> {
    const sweep = await eventually(
      async () => {
        const now = await get(sweepDetailSchema, path);
        expect(now.state).not.toBe('running');
        return now;
      },
      { timeoutMs: 200_000, intervalMs: 250 },
    );
    const { items } = await get(trialPageSchema, `${path}/trials`);
    const trials = await Promise.all(items.map(({ id }) => get(trialDetailSchema, `/v1/trials/${id}`)));
    const page = await get(decisionPageSchema, `${path}/decisions?limit=1000`);
    return { sweep, trials, decisions: page.items, events: await eventsOf(path) };
  }

  beforeAll(async () => {
    workers.push(await stack.startWorker('first'), await stack.startWorker('second'));
    const paths = new Map<Name, string>();
    for (const name of names) {
      const response = await fetch(`${stack.url}/v1/sweeps`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(aSweepRequest({ recipe, name, ...requests[name] })),
      });
      expect([name, response.status, response.ok ? '' : await response.text()]).toEqual([name, 201, '']);
      paths.set(name, response.headers.get('location') ?? '');
    }
    for (const [name, path] of paths) ended.set(name, await untilEnded(path));
  });

  it.each(names)('comes to its end: %s', (name) => {
    const { sweep, trials, decisions } = resultOf(name);
    expect(sweep).toMatchObject({ state: 'completed', progress: 1 });
    expect(trials.filter(({ state }) => state !== 'completed' && state !== 'stopped')).toEqual([]);
    expect(sweep.trials.completed).toBeGreaterThan(0);
    expect(sweep.best).toMatchObject({ state: 'completed' });
    expect(decisions.filter(({ action }) => action === 'createTrial')).toHaveLength(trials.length);
    expect(decisions.at(-1)).toMatchObject({ action: 'completeSweep', reason: sweep.reason });
    for (const { state, objectives, epochsDone, config } of trials) {
      expect(objectives).toHaveLength(1 + sweep.spec.furtherObjectives.length);
      expect(objectives.every((value) => value !== null && Number.isFinite(value))).toBe(true);
      if (state === 'completed') expect(epochsDone).toBe(config.epochs);
    }
  });

  it.each(names)('trains every epoch of a trial once, however often the trial pauses: %s', (name) => {
    const { trials, events } = resultOf(name);
    for (const { number, epochsDone, origin } of trials) {
      const before = origin?.epoch ?? 0;
      const reported = events.flatMap((event) =>
        event.type === 'epochReported' && event.number === number ? [event.metrics.epoch] : [],
      );
      expect(reported).toEqual(Array.from({ length: epochsDone - before }, (_, i) => before + i + 1));
    }
  });

  it.each(['asha', 'asha of two objectives', 'hyperband', 'pbt'] as const)(
    'goes on with paused trials from their checkpoints: %s',
    (name) => {
      const { trials, decisions } = resultOf(name);
      const resumed = decisions.filter(({ action }) => action === 'resumeTrial');
      expect(resumed.length).toBeGreaterThan(0);
      for (const { number, attemptHistory, origin } of trials) {
        const times = resumed.filter(({ trial }) => trial === number).length;
        const states = attemptHistory.map(({ state }) => state);
        expect(states.slice(0, times)).toEqual(Array.from({ length: times }, () => 'paused'));
        expect(attemptHistory).toHaveLength(times + 1);
        const from = attemptHistory.map(({ id }) => resumedFromStep(id));
        expect(from[0]).toBe(STEPS * (origin?.epoch ?? 0));
        from.slice(1).forEach((step, i) => expect(step).toBeGreaterThan(from[i] ?? Infinity));
        expect(from.every((step) => step % STEPS === 0)).toBe(true);
      }
    },
  );

  it('replaces the worst of a population by copies of others, with other settings', () => {
    const { trials } = resultOf('pbt');
    const copies = trials.filter(({ origin }) => origin !== null);
    expect(copies.length).toBeGreaterThan(0);
    for (const { origin, config } of copies) {
      const donor = trials.find(({ number }) => number === origin?.trial);
      expect(donor?.epochsDone).toBeGreaterThanOrEqual(origin?.epoch ?? Infinity);
      // The copy of the one at the end of the list may have its settings unchanged.
      expect({ ...config, learningRate: 0 }).toEqual({ ...donor?.config, learningRate: 0 });
    }
    expect(trials.filter(({ state }) => state === 'stopped')).toHaveLength(copies.length);
  });

  it('ranks by all objectives where there are several', () => {
    const { trials } = resultOf('asha of two objectives');
    for (const { objectives, metrics } of trials)
      if (metrics) expect(objectives).toEqual([metrics.validationError, metrics.parameters]);
    expect(new Set(trials.map(({ objectives }) => objectives[1])).size).toBe(2);
  });

  it('leaves no checkpoint behind', async () => {
    await eventually(() => expect(readdirSync(stack.checkpointDir)).toEqual([]));
  });

  /** Where an attempt began, in the words of the worker that made it. */
  function resumedFromStep(attemptId: string): number {
    const line = workers
      .flatMap(({ process }) => process.output().split('\n'))
      .find((text) => text.includes(attemptId) && text.includes('"resumedFromStep"'));
    const [, step] = /"resumedFromStep":(\d+)/.exec(line ?? '') ?? [];
    if (step === undefined) throw new Error(`no worker has said that attempt ${attemptId} began`);
    return Number(step);
  }
});
