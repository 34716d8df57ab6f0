import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { SearchSpace } from '../space/search-space';
import { permutation } from '../space/permutation';
import { SearchSpecError } from '../search-spec-error';
import type { Sampler } from './sampler';

interface RandomState {
  readonly [key: string]: readonly number[] | readonly string[];
  readonly generator: readonly number[];
  /** Keys of what was drawn; only kept where a draw could repeat and no permutation serves. */
  readonly drawn: readonly string[];
}

/** Redraws before the rest of a nearly exhausted space is searched in order. */
const MAX_REDRAWS = 100;

/** Independent draws from the space (log-uniform on a log scale), without repeating a configuration. */
export function randomSampler(
  space: SearchSpace,
  trials: number,
  seed: number,
): Sampler<RandomState> | Sampler<null> {
  if (trials > space.size)
    throw new SearchSpecError(
      ['search', 'trials'],
      `the space has only ${String(space.size)} distinct configurations, given ${String(trials)} trials`,
    );
  const isFinite = Number.isFinite(space.size);
  if (isFinite && space.dimensions.every((dimension) => dimension.isUniform))
    return permuted(space, trials, seed);
  return drawn(space, trials, seed, isFinite);
}

function permuted(space: SearchSpace, trials: number, seed: number): Sampler<null> {
  const indexOf = permutation(space.size, seed);
  return {
    size: trials,
    start: () => null,
    propose: (state, trial) => ({
      state,
      values: space.at(indexOf(trial - 1)),
      reason: reasonOf(trial, seed),
    }),
  };
}

function drawn(space: SearchSpace, trials: number, seed: number, canRepeat: boolean): Sampler<RandomState> {
  return {
    size: trials,
    start: () => ({ generator: xoroshiro128plus(seed).getState(), drawn: [] }),
    propose: (state, trial) => {
      const rng = xoroshiro128plusFromState(state.generator);
      const uniform = () => uniformFloat64(rng);
      let values = space.draw(uniform);
      if (canRepeat) {
        const seen = new Set(state.drawn);
        for (let i = 0; i < MAX_REDRAWS && seen.has(JSON.stringify(values)); i++)
          values = space.draw(uniform);
        for (let i = 0; seen.has(JSON.stringify(values)); i++) values = space.at(i);
      }
      return {
        state: {
          generator: rng.getState(),
          drawn: canRepeat ? [...state.drawn, JSON.stringify(values)] : [],
        },
        values,
        reason: reasonOf(trial, seed),
      };
    },
  };
}

const reasonOf = (trial: number, seed: number) => `random draw ${String(trial)} with seed ${String(seed)}`;
