import type { Json } from '../json';
import type { Configuration } from '../space/search-space';

export interface Proposal<S extends Json> {
  readonly state: S;
  readonly values: Configuration;
  /** Why this configuration, in words for a person. */
  readonly reason: string;
}

/**
 * Chooses configurations. Pure: the next proposal is a function of the state alone, and the state is JSON, the
 * random generator included.
 */
export interface Sampler<S extends Json = Json> {
  /** How many configurations it has to propose in all. */
  readonly size: number;
  start(): S;
  /** The configuration of trial `trial` (1, 2, 3 …); never called for trial > size. */
  propose(state: S, trial: number): Proposal<S>;
}
