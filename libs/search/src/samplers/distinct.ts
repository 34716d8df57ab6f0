import type { History } from '../history';
import type { Json, JsonObject } from '../json';
import { Random } from '../random';
import type { Configuration, SearchSpace } from '../space/search-space';
import { demandTrials } from './fits';
import type { Proposal, Sampler } from './sampler';
import { SeenConfigurations } from './seen-configurations';

interface Snapshot extends JsonObject {
  readonly sampler: Json;
  readonly seen: Json;
}

export interface DistinctOptions {
  readonly seed: number;
  /** Configurations that are known already and are not proposed. */
  readonly imported: readonly Configuration[];
  /** How often the sampler is asked again before a configuration is drawn at random. */
  readonly redraws: number;
  /** Whether configurations with a continuous parameter can come twice: at the ends of its range, for one. */
  readonly repeatsContinuous: boolean;
}

/** Draws in search of a new configuration; by then at least half of a finite space is new, and all of a continuous one. */
const MAX_DRAWS = 1_000;

/**
 * A sampler that proposes no configuration twice and none that was imported. Where the one it wraps repeats itself it
 * is asked again, and then a new configuration is drawn at random.
 *
 * @param make the wrapped sampler, from its own snapshot
 * @throws SearchSpecError for more trials than there are configurations left
 */
export function distinct(
  space: SearchSpace,
  { seed, imported, redraws, repeatsContinuous }: DistinctOptions,
  make: (snapshot?: Json) => Sampler,
  snapshot?: Json,
): Sampler {
  const before = snapshot as Snapshot | undefined;
  const sampler = make(before?.sampler);
  const seen = new SeenConfigurations(space, before?.seen);
  if (before === undefined) {
    for (const values of imported) seen.add(values);
    demandTrials(space, sampler.size, seen.size);
  }
  const canRepeat = (values: Configuration) =>
    repeatsContinuous || space.active(values).every(({ size }) => Number.isFinite(size));

  const newOne = (trial: number, history: History): Proposal => {
    for (let i = 0; i <= redraws; i++) {
      const proposal = sampler.propose(trial, history);
      if (!canRepeat(proposal.values) || !seen.has(proposal.values)) return proposal;
    }
    const reason = `random draw ${String(trial)}, as what the sampler proposes has been tried`;
    return { values: unseen(space, seen, Random.seeded(seed ^ trial)), reason };
  };
  return {
    size: sampler.size,
    learns: sampler.learns,
    propose: (trial, history) => {
      const proposal = newOne(trial, history);
      if (canRepeat(proposal.values)) seen.add(proposal.values);
      return proposal;
    },
    snapshot: (): Json => ({ sampler: sampler.snapshot(), seen: seen.snapshot() }),
  };
}

/** A configuration that has not been seen; there must be one. */
export function unseen(space: SearchSpace, seen: SeenConfigurations, random: Random): Configuration {
  for (let i = 0; i < MAX_DRAWS; i++) {
    const values = space.draw(random.uniform);
    if (!seen.has(values)) return values;
  }
  if (!space.isCountable) throw new Error(`${String(MAX_DRAWS)} draws gave no configuration that is new`);
  // Nearly all have been seen, which are at most as many as a sweep has trials: so few steps are enough.
  let index = random.below(space.size);
  while (seen.hasIndex(index)) index = (index + 1) % space.size;
  return space.at(index);
}
