import type { SearchSpace } from '../space/search-space';
import { permutation } from '../space/permutation';
import { SearchSpecError } from '../search-spec-error';
import type { Json } from '../json';
import { Random } from '../random';
import type { Sampler } from './sampler';

interface RandomSearch {
  readonly trials: number;
  readonly seed: number;
}

interface Snapshot {
  readonly generator: readonly number[];
  /** Keys of what was drawn; only kept where a draw could repeat and no permutation serves. */
  readonly drawn: readonly string[];
}

/** Redraws before the rest of a nearly exhausted space is searched in order. */
const MAX_REDRAWS = 100;

/** Independent draws from the space (log-uniform on a log scale), without repeating a configuration. */
export function randomSampler(space: SearchSpace, search: RandomSearch, snapshot?: Json): Sampler {
  if (search.trials > space.size)
    throw new SearchSpecError(
      ['search', 'trials'],
      `the space has only ${String(space.size)} distinct configurations, given ${String(search.trials)} trials`,
    );
  const isFinite = Number.isFinite(space.size);
  if (isFinite && space.dimensions.every((dimension) => dimension.isUniform)) return permuted(space, search);
  return drawn(space, search, isFinite, snapshot as Snapshot | undefined);
}

function permuted(space: SearchSpace, { trials, seed }: RandomSearch): Sampler {
  const indexOf = permutation(space.size, seed);
  return {
    size: trials,
    learns: false,
    propose: (trial) => ({ values: space.at(indexOf(trial - 1)), reason: reasonOf(trial, seed) }),
    snapshot: () => null,
  };
}

function drawn(
  space: SearchSpace,
  { trials, seed }: RandomSearch,
  canRepeat: boolean,
  snapshot: Snapshot | undefined,
): Sampler {
  const random = snapshot === undefined ? Random.seeded(seed) : Random.from(snapshot.generator);
  const seen = new Set(snapshot?.drawn);
  return {
    size: trials,
    learns: false,
    propose: (trial) => {
      let values = space.draw(random.uniform);
      if (canRepeat) {
        for (let i = 0; i < MAX_REDRAWS && seen.has(JSON.stringify(values)); i++)
          values = space.draw(random.uniform);
        for (let i = 0; seen.has(JSON.stringify(values)); i++) values = space.at(i);
        seen.add(JSON.stringify(values));
      }
      return { values, reason: reasonOf(trial, seed) };
    },
    snapshot: () => ({ generator: random.state(), drawn: [...seen] }),
  };
}

const reasonOf = (trial: number, seed: number) => `random draw ${String(trial)} with seed ${String(seed)}`;
