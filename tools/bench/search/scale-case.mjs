// One case of `npm run bench:search-scale`, in a process of its own: a sweep on a simulated fleet. Prints JSON.
import { createSearcher, simulate } from '@fathom/search';
import { sweepSpecSchema } from '@fathom/contracts';

const { scheduler, search, furtherObjectives = [], trials, workers, epochs } = JSON.parse(process.argv[2]);
/** Costs are means over the last tenth before so many trials. */
const MARKS = [1_000, 10_000, 100_000, 1_000_000];

const parsed = sweepSpecSchema.parse({
  name: 'scale',
  dataset: { kind: 'cifar10' },
  space: {
    depth: [8, 14, 20, 26, 32, 38, 44, 50],
    learningRate: { min: 0.001, max: 1, scale: 'log' },
    weightDecay: { min: 1e-6, max: 1e-2, scale: 'log' },
    momentum: { min: 0.5, max: 0.99 },
    ...(search.algorithm === 'cma-es' ? { depth: { min: 8, max: 50, step: 6 } } : {}),
  },
  recipe: { epochs },
  furtherObjectives,
  scheduler,
  search: { ...search, trials: 10_000, maxConcurrent: workers },
});
// The schema knows the limits of the product; this goes beyond them.
const spec = { ...parsed, search: { ...parsed.search, trials } };
const context = { epochCost: ({ depth }) => depth };
const searcher = createSearcher(spec, context, undefined, { maxTrials: trials });

let deciding = 0; // ms
let decisions = 0;
let created = 0;
const costs = {}; // µs per decision, by mark
const marks = MARKS.filter((mark) => mark <= trials);
/** Where the last tenth before the next mark began; of trials that are begun all at once, where that was. */
let window = { deciding: 0, decisions: 0, isOpen: false };
let snapshot;
const timed = {
  plannedTrials: searcher.plannedTrials,
  snapshot: () => searcher.snapshot(),
  handle: (event) => {
    const began = performance.now();
    const actions = searcher.handle(event);
    deciding += performance.now() - began;
    decisions += actions.length;
    for (const action of actions) if (action.type === 'createTrial') created++;
    const [mark] = marks;
    if (mark === undefined) return actions;
    if (created >= mark && decisions > window.decisions) {
      costs[mark] = (1_000 * (deciding - window.deciding)) / (decisions - window.decisions);
      window = { deciding, decisions, isOpen: false };
      marks.shift();
      // Of trials that were begun with others in one call, there is one cost for all.
      while (created >= marks[0]) costs[marks.shift()] = costs[mark];
      if (mark <= 10_000 && created >= 10_000) snapshot ??= measureSnapshot();
    } else if (created >= 0.9 * mark && !window.isOpen) window = { deciding, decisions, isOpen: true };
    return actions;
  },
};

function measureSnapshot() {
  const began = performance.now();
  const bytes = JSON.stringify(searcher.snapshot()).length;
  return { bytes, ms: performance.now() - began };
}

const began = performance.now();
const result = simulate(spec, {
  workers,
  context,
  searcher: timed,
  reports: ['asha-stopping', 'median'].includes(scheduler.algorithm) ? 'epochs' : 'segments',
  // A number of its own for each trial, and none that any two share.
  curve: ({ learningRate }, epoch, trial) => {
    const error = Math.abs(Math.log10(learningRate / 0.1)) / 4 + 0.5 / epoch + ((trial * 0.618) % 1) / 10;
    return [error, ...furtherObjectives.map(() => 1 - error)];
  },
  epochSeconds: ({ depth, momentum }) => depth * (1 + momentum),
  groupOf: ({ depth }) => depth,
});
const seconds = (performance.now() - began) / 1_000;
globalThis.gc();
process.stdout.write(
  JSON.stringify({
    isComplete: result.isComplete,
    trials: result.trials.created,
    epochs: result.epochs,
    decisions,
    seconds,
    decidingSeconds: deciding / 1_000,
    costs,
    snapshot,
    heapBytes: process.memoryUsage().heapUsed,
    peakBytes: 1_024 * process.resourceUsage().maxRSS,
  }),
);
