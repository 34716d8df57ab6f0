// Sweeps over recorded trainings: which of them a rule trains to the end, and what that costs.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { sweepSpecSchema, trainingConfigSchema } = require('@fathom/contracts');
const { countMacs, resolveArchitecture } = require('@fathom/resnet');
const { replay, simulate } = require('@fathom/search');

const comparisons = ['all', 'depth', 'cost', 'curve'];
const rulesOf = (scheduler, eta, minEpochs = 1) =>
  comparisons.map((compare) => ({ scheduler, compare, eta, minEpochs }));

/**
 * Every rule that is compared. Another eta, or a later first rung, spends more or less, so that rules can be compared at
 * the same cost.
 */
export const rules = [
  { scheduler: 'run-all' },
  ...[2, 3, 4].flatMap((eta) => rulesOf('asha', eta)),
  ...[3, 9].flatMap((minEpochs) => rulesOf('asha', 3, minEpochs)),
  ...rulesOf('asha-stopping', 3),
  ...rulesOf('hyperband', 3),
  ...comparisons.map((compare) => ({ scheduler: 'median', compare })),
];

/** Multiply-accumulates of an image: what an epoch costs, up to a factor that all trials share. */
const costOf = (depth) =>
  countMacs(
    resolveArchitecture(trainingConfigSchema.parse({ depth }), { imageSize: 32, channels: 3, classes: 10 }),
  );

function specOf({ scheduler, compare, eta, minEpochs }, { space, epochs }, trials, seed) {
  return sweepSpecSchema.parse({
    name: 'fairness',
    dataset: { kind: 'cifar10' },
    space,
    recipe: { epochs },
    search: { algorithm: 'random', trials, seed },
    scheduler: {
      algorithm: scheduler,
      ...(compare === undefined ? {} : { compare }),
      ...(eta === undefined ? {} : { eta, minEpochs }),
      // Of a few trials not all can be waited for.
      ...(scheduler === 'median' ? { startupTrials: Math.min(5, Math.ceil(trials / 3)) } : {}),
    },
  });
}

/**
 * @param {{ curves: object[] }} recorded
 * @returns over all plays: `killed` share in which the winner was not trained to its end, `byDepth` the same by the
 *   winner's depth, `wrongDepth` share in which the best that was reached has another depth than the winner, `regret`
 *   mean of the best error that was reached minus the winner's, `cost` mean share of training everything to the end
 */
export function playRule({ curves }, rule, { plays, trials, workers }) {
  const replayed = replay(curves);
  const costs = new Map(replayed.space.depth.map((depth) => [depth, costOf(depth)]));
  const sums = { killed: 0, wrongDepth: 0, regret: 0, cost: 0 };
  const byDepth = new Map(replayed.space.depth.map((depth) => [depth, { plays: 0, killed: 0 }]));
  for (let seed = 0; seed < plays; seed++) {
    const play = playOnce(replayed, costs, rule, { trials, workers, seed });
    const count = byDepth.get(play.winner.depth);
    count.plays++;
    count.killed += play.killed ? 1 : 0;
    sums.killed += play.killed ? 1 : 0;
    sums.wrongDepth += play.found.depth === play.winner.depth ? 0 : 1;
    sums.regret += play.regret;
    sums.cost += play.cost;
  }
  return {
    ...rule,
    killed: sums.killed / plays,
    wrongDepth: sums.wrongDepth / plays,
    regret: sums.regret / plays,
    cost: sums.cost / plays,
    byDepth: [...byDepth].map(([depth, count]) => ({ depth, ...count })),
  };
}

function playOnce(replayed, costs, rule, { trials, workers, seed }) {
  const spec = specOf(rule, replayed, trials, seed);
  const begun = new Map();
  const completed = new Set();
  const { deviceSeconds } = simulate(spec, {
    workers,
    curve: replayed.curve,
    epochSeconds: ({ depth }) => costs.get(depth),
    context: { epochCost: ({ depth }) => costs.get(depth) },
    onAction: (action) => {
      if (action.type === 'createTrial') begun.set(action.trial, replayed.nearest(action.values));
    },
    onEvent: (event) => {
      if (event.type === 'trialCompleted') completed.add(event.trial);
    },
  });
  const finalError = (curve) => curve.validationError[replayed.epochs - 1] ?? Infinity;
  const best = (entries) => entries.reduce((a, b) => (finalError(b[1]) < finalError(a[1]) ? b : a));
  const [winningTrial, winner] = best([...begun]);
  const [, found] = best([...begun].filter(([trial]) => completed.has(trial)));
  const wholeCost = [...begun.values()].reduce(
    (sum, { depth }) => sum + replayed.epochs * costs.get(depth),
    0,
  );
  return {
    winner,
    found,
    // Another training with the same final error is no loss.
    killed: !completed.has(winningTrial) && finalError(found) > finalError(winner),
    regret: finalError(found) - finalError(winner),
    cost: deviceSeconds / wholeCost,
  };
}
