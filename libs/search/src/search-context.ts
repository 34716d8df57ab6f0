import type { TrainingConfig } from '@fathom/contracts';

/** What the search needs to know of the world; the same for the whole life of a sweep. */
export interface SearchContext {
  /**
   * Predicted cost of one epoch of training, in any unit, the same for all trials of the sweep; for rungs at equal
   * cost. Must give the same number whenever it is asked.
   */
  readonly epochCost: (config: TrainingConfig) => number;
}
