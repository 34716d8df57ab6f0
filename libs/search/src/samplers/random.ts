import { MAX_TRIALS } from '@fathom/contracts';
import type { Json } from '../json';
import { Random } from '../random';
import { permutation } from '../space/permutation';
import type { Configuration, SearchSpace } from '../space/search-space';
import { distinct } from './distinct';
import { demandTrials } from './fits';
import { remaining } from './remaining';
import type { Sampler } from './sampler';
import { weightedOrder } from './weighted-order';

interface RandomSearch {
  readonly trials: number;
  readonly seed: number;
}

/**
 * Independent draws from the prior (log-uniform on a log scale, constraints by rejection), without repeating a
 * configuration or proposing an imported one. Where the space can be listed this needs no memory of what was drawn.
 *
 * @throws SearchSpecError for more trials than there are configurations left
 */
export function randomSampler(
  space: SearchSpace,
  search: RandomSearch,
  imported: readonly Configuration[],
  snapshot?: Json,
): Sampler {
  if (space.isCountable && space.isUniform) return permuted(space, search, imported);
  if (space.size <= MAX_ORDERED) return ordered(space, search, imported);
  const options = { seed: search.seed, imported, redraws: REDRAWS, repeatsContinuous: false };
  return distinct(space, options, (inner) => drawn(space, search, inner), snapshot);
}

/**
 * Up to here all configurations are put in order, once in a process, in less than a tenth of a second. Of a larger space
 * the trials of a sweep are at most half, and what comes twice is drawn again.
 */
const MAX_ORDERED = 2 * MAX_TRIALS;

/** A large space is never nearly exhausted by the trials of a sweep, so these are enough. */
const REDRAWS = 100;

/** Every configuration has the same probability. */
function permuted(space: SearchSpace, search: RandomSearch, imported: readonly Configuration[]): Sampler {
  const { size, indexAt } = remaining(space, imported);
  demandTrials(space, search.trials, space.size - size);
  const place = permutation(size, search.seed);
  return ofIndices(space, search, (n) => indexAt(place(n)));
}

function ordered(space: SearchSpace, search: RandomSearch, imported: readonly Configuration[]): Sampler {
  const taken = new Set(imported.map((values) => space.indexOf(values)));
  demandTrials(space, search.trials, taken.size);
  const order = weightedOrder(space, search.seed);
  const left = taken.size === 0 ? order : order.filter((index) => !taken.has(index));
  return ofIndices(space, search, (n) => left[n] ?? NaN);
}

const ofIndices = (
  space: SearchSpace,
  { trials, seed }: RandomSearch,
  indexOf: (n: number) => number,
): Sampler => ({
  size: trials,
  learns: false,
  propose: (trial) => ({ values: space.at(indexOf(trial - 1)), reason: reasonOf(trial, seed) }),
  snapshot: () => null,
});

function drawn(space: SearchSpace, { trials, seed }: RandomSearch, snapshot?: Json): Sampler {
  const random = Random.resumed(seed, snapshot as readonly number[] | undefined);
  return {
    size: trials,
    learns: false,
    propose: (trial) => ({ values: space.draw(random.uniform), reason: reasonOf(trial, seed) }),
    snapshot: () => random.state(),
  };
}

const reasonOf = (trial: number, seed: number) => `random draw ${String(trial)} with seed ${String(seed)}`;
