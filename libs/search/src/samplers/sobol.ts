import type { Json } from '../json';
import { Random } from '../random';
import { SearchSpecError } from '../search-spec-error';
import type { SearchSpace } from '../space/search-space';
import type { Proposal, Sampler } from './sampler';
import { SOBOL_BITS, SOBOL_DIMENSIONS, sobolPoint } from './sobol-sequence';
import { fromVaried, variedOf } from './varied';

interface SobolSearch {
  readonly trials: number;
  readonly seed: number;
}

/** Points in a row that break a constraint, after which a configuration is drawn at random. */
const MAX_SKIPPED = 10_000;

/**
 * Points of a Sobol sequence, one dimension for each parameter that has several values, in the order of the space.
 * Points that break a constraint are passed over, and so are (by `distinct`) those that mean a configuration again,
 * because values are discrete or parameters inactive. With seed 0 the sequence is the plain one, which begins at the
 * lower ends; another seed shifts it digit by digit (L'Ecuyer and Lemieux 2002, "Recent advances in randomized
 * quasi-Monte Carlo methods", section 3), which keeps its evenness.
 *
 * @throws SearchSpecError for more dimensions than the sequence has
 */
export function sobolSampler(space: SearchSpace, { trials, seed }: SobolSearch, snapshot?: Json): Sampler {
  const varied = variedOf(space).length;
  if (varied > SOBOL_DIMENSIONS)
    throw new SearchSpecError(
      ['space'],
      `the Sobol sequence has ${String(SOBOL_DIMENSIONS)} dimensions, given ${String(varied)} parameters with several values`,
    );
  const { below } = Random.seeded(seed);
  const shifts = Array.from({ length: varied }, () => (seed === 0 ? 0 : below(2 ** SOBOL_BITS)));
  let next = (snapshot ?? 0) as number;

  const propose = (): Proposal => {
    for (let i = 0; i < MAX_SKIPPED; i++) {
      const index = next++;
      const values = fromVaried(space, sobolPoint(index, shifts));
      if (values)
        return { values, reason: `point ${String(index)} of a Sobol sequence with seed ${String(seed)}` };
    }
    const values = space.draw(Random.seeded(seed ^ next).uniform);
    return { values, reason: `random draw, as ${String(MAX_SKIPPED)} Sobol points broke the constraints` };
  };
  return { size: trials, learns: false, propose, snapshot: () => next };
}
