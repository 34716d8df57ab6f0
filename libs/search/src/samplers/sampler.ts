import type { History } from '../history';
import type { Json } from '../json';
import type { Configuration } from '../space/search-space';

export interface Proposal {
  readonly values: Configuration;
  /** Why this configuration, in words for a person. */
  readonly reason: string;
}

/**
 * Chooses configurations. The next proposal is a function of its snapshot and the history alone; the snapshot is
 * JSON, the random generator included.
 */
export interface Sampler {
  /** How many configurations it has to propose in all; Infinity where it never runs out. */
  readonly size: number;
  /** Whether proposals depend on results; the others need no history to be kept. */
  readonly learns: boolean;
  /**
   * The next configuration. `trial` counts the proposals (1, 2, 3 …) and is the trial's number, unless copies of
   * population-based training have taken numbers in between; never above `size`.
   */
  propose(trial: number, history: History): Proposal;
  snapshot(): Json;
}
