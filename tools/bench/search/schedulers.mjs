// Schedulers on learning curves: what the best trial ends with, and what the training cost.
import { sweepSpecSchema } from '@fathom/contracts';
import { plausibleError, simulate } from '@fathom/search';

const schedulers = {
  'run-all': { algorithm: 'run-all' },
  'asha by promotion': { algorithm: 'asha' },
  'asha by promotion, twice the trials': { algorithm: 'asha', twice: true },
  'asha, stopping': { algorithm: 'asha-stopping' },
  hyperband: { algorithm: 'hyperband' },
  median: { algorithm: 'median' },
};
const WORKERS = 4;

/**
 * @param {{ space: object, trials: number, epochs: number, errorOf: (values, epoch, trial, seed) => number | null, canGrow?: boolean }} problem
 * @returns {{ name: string, errors: number[], epochs: number[], seconds: number[] }[]} by seed
 */
export function playSchedulers({ space, trials, epochs, errorOf, canGrow = false }, seeds) {
  const played = Object.entries(schedulers).filter(([, { twice }]) => !twice || canGrow);
  return played.map(([name, { twice, ...scheduler }]) => {
    const runs = seeds.map((seed) => {
      const spec = sweepSpecSchema.parse({
        ...{ name: 'bench', dataset: { kind: 'cifar10' }, space, recipe: { epochs } },
        ...{
          scheduler,
          search: { algorithm: 'random', trials: twice ? 2 * trials : trials, seed, maxConcurrent: WORKERS },
        },
      });
      const result = simulate(spec, {
        workers: WORKERS,
        context: { epochCost: ({ depth }) => depth },
        // Deeper networks take longer, about in proportion.
        epochSeconds: ({ depth }) => Number(depth),
        curve: (values, epoch, trial) => [errorOf(values, epoch, trial, seed)],
      });
      // What counts is the network that one gets, trained to its end.
      return { ...result, error: result.best.at(-1)?.objectives[0] ?? 1 };
    });
    return {
      name,
      errors: runs.map(({ error }) => error),
      epochs: runs.map((run) => run.epochs),
      seconds: runs.map(({ deviceSeconds }) => deviceSeconds),
    };
  });
}

/** 81 trials on made-up curves of networks of all depths, crossing each other. */
export const madeUp = {
  space: {
    depth: { min: 8, max: 56, step: 6 },
    learningRate: { min: 0.001, max: 1, scale: 'log' },
  },
  trials: 81,
  canGrow: true,
  epochs: 81,
  errorOf: ({ depth, learningRate }, epoch, trial, seed) =>
    plausibleError({ depth, learningRate }, epoch, 81, trial, seed),
};

/** Every recorded training, in the random order of the seed. */
export const recorded = ({ space, epochs, curve }) => ({
  space,
  trials: space.depth.length * space.learningRate.length * space.seed.length,
  epochs,
  errorOf: (values, epoch, trial) => curve(values, epoch, trial)[0],
});
