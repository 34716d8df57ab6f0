import type { SearchSpec } from '@fathom/contracts';
import type { History } from '../../history';
import type { Json } from '../../json';
import { Random } from '../../random';
import type { Configuration, SearchSpace } from '../../space/search-space';
import type { Proposal, Sampler } from '../sampler';
import { Generations } from './generations';
import { childOf, type Units } from './variation';

type Nsga2Search = Extract<SearchSpec, { algorithm: 'nsga-ii' }>;

interface Snapshot {
  readonly generator: readonly number[];
  readonly generations: Json;
}

/** Children that break a constraint before a random draw takes their place. */
const MAX_BROKEN = 100;

/**
 * NSGA-II (Deb et al. 2002, "A fast and elitist multiobjective genetic algorithm: NSGA-II"): parents win a tournament
 * of two by front, then by room in it; the next parents are the best of the present ones and their children. With one
 * objective it is a plain genetic algorithm. {@link Generations} says when a generation is full, {@link childOf} how
 * children come about. Imported trials are taken in like results of a first, random generation.
 *
 * Every configuration keeps the constraints, so that they take no part in the ranking: children that break one are
 * made anew.
 *
 * The state is bounded by twice the population; the time of a proposal by what the history keeps.
 */
export function nsga2Sampler(space: SearchSpace, search: Nsga2Search, snapshot?: Json): Sampler {
  const stored = snapshot as Snapshot | undefined;
  const random = Random.resumed(search.seed, stored?.generator);
  const generations = new Generations(search.populationSize, stored?.generations);
  return {
    size: search.trials,
    learns: true,
    propose: (trial, history) => propose(space, search.populationSize, generations, random, trial, history),
    snapshot: () => ({ generator: random.state(), generations: generations.snapshot() }),
  };
}

function propose(
  space: SearchSpace,
  populationSize: number,
  generations: Generations,
  random: Random,
  trial: number,
  history: History,
): Proposal {
  generations.advance(history);
  const { parents, generation, known } = generations;
  const soFar = `${String(known)} of ${String(populationSize)} results`;
  const atRandom = (why: string): Proposal => ({
    values: space.draw(random.uniform),
    reason: `random draw ${String(trial)}: ${why}`,
  });
  if (parents.length === 0) return atRandom(`the first generation has ${soFar}`);
  const child = childWithin(space, parents, random);
  if (child === undefined)
    return atRandom(`no child of generation ${String(generation)} met the constraints`);
  return {
    values: child,
    reason: `child of generation ${String(generation)}, which has ${soFar} of the next`,
  };
}

function childWithin(
  space: SearchSpace,
  parents: readonly Configuration[],
  random: Random,
): Configuration | undefined {
  // Parents stand best first, so that of two the one with the lower index wins.
  const winner = (): Units => {
    const index = Math.min(random.below(parents.length), random.below(parents.length));
    return space.toUnits(parents[index] ?? {});
  };
  for (let i = 0; i < MAX_BROKEN; i++) {
    const child = space.fromUnits(childOf(winner(), winner(), space.dimensions, random));
    if (child !== undefined) return child;
  }
  return undefined;
}
