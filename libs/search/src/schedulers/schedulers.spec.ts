import { comparisons, type SweepSpecInput } from '@fathom/contracts';
import {
  itHoldsToTheContract,
  itIsTheSameInAnotherProcess,
  itStaysSmall,
} from '../testing/searcher-contract';

type Scheduler = NonNullable<SweepSpecInput['scheduler']>;
type Search = SweepSpecInput['search'];

const base = { name: 'a sweep', dataset: { kind: 'shapes' } } as const;
const searches: Record<string, Search> = {
  'grid, five at a time': { algorithm: 'grid', maxConcurrent: 5 },
  'random, all at once': { algorithm: 'random', trials: 24, seed: 3 },
  'random, one at a time': { algorithm: 'random', trials: 24, seed: 4, maxConcurrent: 1 },
};
const schedulers: Record<string, Scheduler> = {
  'run-all': { algorithm: 'run-all' },
  asha: { algorithm: 'asha', compare: 'all' },
  'asha-stopping': { algorithm: 'asha-stopping', compare: 'all' },
  hyperband: { algorithm: 'hyperband', compare: 'all' },
  median: { algorithm: 'median', compare: 'all' },
  pbt: { algorithm: 'pbt', intervalEpochs: 2 },
};
const spec = (scheduler: Scheduler, search: Search, further: SweepSpecInput['furtherObjectives'] = []) =>
  ({
    ...base,
    space: {
      depth: [8, 14, 20],
      variant: ['residual', 'plain'],
      learningRate: { min: 0.01, max: 1, scale: 'log', points: 4 },
    },
    recipe: { epochs: 11 },
    furtherObjectives: further,
    search,
    scheduler,
  }) satisfies SweepSpecInput;

const specs: Record<string, SweepSpecInput> = {};
for (const [search, searchSpec] of Object.entries(searches))
  for (const [scheduler, schedulerSpec] of Object.entries(schedulers))
    specs[`${scheduler} over ${search}`] = spec(schedulerSpec, searchSpec);
const fourAtATime: Search = { algorithm: 'random', trials: 24, seed: 5, maxConcurrent: 4 };
for (const algorithm of ['asha', 'asha-stopping', 'hyperband', 'median'] as const)
  for (const compare of comparisons)
    if (compare !== 'all') specs[`${algorithm} by ${compare}`] = spec({ algorithm, compare }, fourAtATime);
for (const [scheduler, schedulerSpec] of Object.entries(schedulers))
  specs[`${scheduler} with three objectives`] = spec(schedulerSpec, fourAtATime, [
    { metric: 'trainSeconds' },
    { metric: 'parameters', goal: 'maximize' },
  ]);

describe.each(Object.entries(specs))('%s', (_, input) => {
  itHoldsToTheContract(input, 24, { clones: input.scheduler?.algorithm === 'pbt' });
});

/** Samplers that learn from trials that are paused, stopped and copied. */
const learning: Record<string, SweepSpecInput> = {};
for (const algorithm of ['asha', 'hyperband', 'pbt'] as const)
  for (const search of [
    { algorithm: 'tpe', trials: 12, startupTrials: 4 },
    { algorithm: 'gp', trials: 12, startupTrials: 4 },
    { algorithm: 'cma-es', trials: 12, populationSize: 4 },
    { algorithm: 'nsga-ii', trials: 12, populationSize: 4 },
  ] satisfies Search[])
    learning[`${algorithm} over ${search.algorithm}`] = {
      ...spec({ algorithm }, { ...search, maxConcurrent: 3 }),
      space: { depth: [8, 14, 20], learningRate: { min: 0.01, max: 1, scale: 'log' } },
    };

describe.each(Object.entries(learning))('%s', (_, input) => {
  itHoldsToTheContract(input, 12, { clones: input.scheduler?.algorithm === 'pbt' });
});

describe('all of them', () => itIsTheSameInAnotherProcess({ ...specs, ...learning }));

describe('many trials', () => {
  const many = (scheduler: Scheduler, trials: number): SweepSpecInput => ({
    ...base,
    space: { depth: [8, 14, 20], learningRate: { min: 0.01, max: 1, scale: 'log' } },
    recipe: { epochs: 9 },
    search: { algorithm: 'random', trials, seed: 1, maxConcurrent: 8 },
    scheduler,
  });
  // What bounds the state is said in the docstring of each.
  describe('run-all', () => itStaysSmall(many({ algorithm: 'run-all' }, 1_200), { state: 1_500 }));
  describe('asha', () => itStaysSmall(many({ algorithm: 'asha' }, 4_000), { state: 200_000 }));
  describe('asha-stopping', () =>
    itStaysSmall(many({ algorithm: 'asha-stopping' }, 5_000), { state: 150_000 }));
  describe('hyperband', () => itStaysSmall(many({ algorithm: 'hyperband' }, 3_000), { state: 4_000 }));
  describe('median', () => itStaysSmall(many({ algorithm: 'median' }, 9_000), { state: 40_000 }));
  describe('pbt', () => itStaysSmall(many({ algorithm: 'pbt' }, 1_000), { state: 200_000 }));
  const model = (search: Search, epochs: number): SweepSpecInput => ({
    ...many({ algorithm: 'run-all' }, 1),
    recipe: { epochs },
    search: { maxConcurrent: 8, ...search },
  });
  // Few trials of many epochs: what a model costs, it costs with every trial.
  describe('tpe', () => itStaysSmall(model({ algorithm: 'tpe', trials: 150 }, 90), { state: 60_000 }));
  describe('nsga-ii', () =>
    itStaysSmall(model({ algorithm: 'nsga-ii', trials: 150 }, 90), { state: 60_000 }));
  describe('cma-es', () => itStaysSmall(model({ algorithm: 'cma-es', trials: 150 }, 90), { state: 60_000 }));
  describe('gp', () => itStaysSmall(model({ algorithm: 'gp', trials: 40 }, 300), { state: 20_000 }));
});
