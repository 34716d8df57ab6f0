import type { ObjectiveValues, SearchAction, SearchEvent } from '../events';
import type { SearchContext } from '../search-context';
import type { Searcher } from '../searcher';
import type { Configuration } from '../space/search-space';

/**
 * The objectives of a configuration after an epoch (1, 2, 3 …), in the sweep's order. A function of its arguments
 * alone; `trial` is the trial's number, for objectives with noise of their own.
 */
export type ObjectiveCurve = (values: Configuration, epoch: number, trial: number) => ObjectiveValues;

/** Trouble that comes by chance, decided by a seeded generator. Probabilities are those of one epoch. */
export interface Misfortune {
  readonly seed: number;
  /** The training ends without a result. */
  readonly crash?: number;
  /** The epoch gives no usable number. */
  readonly nan?: number;
}

/** Workers that take virtual time instead of training anything. */
export interface SimulatedFleet {
  /** Trials that train at the same time, 1 or more. */
  readonly workers: number;
  readonly curve: ObjectiveCurve;
  /** Seconds of one epoch of a configuration, the mean of all, above 0; asked once for each trial. */
  readonly epochSeconds: (values: Configuration) => number;
  /**
   * How long each of the epochs after `from` up to and with `to` takes, in the mean, as a share of `epochSeconds`.
   * Default 1.
   */
  readonly epochShare?: (values: Configuration, from: number, to: number) => number;
  /** Seconds to begin a trial or to go on from a checkpoint, on the device. Default 0. */
  readonly startSeconds?: number;
  readonly misfortune?: Misfortune;
  /**
   * epochs: every epoch is reported, as in reality. segments: only the last before a pause or the end; enough for a
   * scheduler that decides at pauses alone, and much less work for long trainings. Default epochs.
   */
  readonly reports?: 'epochs' | 'segments';
  /** What the trials are counted by, such as their depth. Default: all together. */
  readonly groupOf?: (values: Configuration) => string | number;
  /** Budgets that do not end the simulation; what was done when each was used up is in the result. */
  readonly limits?: { readonly seconds?: number; readonly deviceSeconds?: number };
  /** Default: every network costs the same. */
  readonly context?: SearchContext;
  /** The most trials the sweep may have; default the product's own limit. */
  readonly maxTrials?: number;
  /** Instead of one made from the spec. */
  readonly searcher?: Searcher;
  /** Told of everything in order, with the virtual time in seconds; so a million trials need no list. */
  readonly onEvent?: (event: SearchEvent, seconds: number) => void;
  readonly onAction?: (action: SearchAction, seconds: number) => void;
}

export interface Counts {
  /** Trials that were made, clones included. */
  readonly created: number;
  /** Trained to their end. */
  readonly completed: number;
  /** Ended early by a decision. */
  readonly stopped: number;
  readonly failed: number;
}

/** A completed trial better than all that completed before it. */
export interface BestSoFar {
  readonly seconds: number;
  readonly deviceSeconds: number;
  readonly epochs: number;
  readonly trial: number;
  readonly values: Configuration;
  readonly objectives: ObjectiveValues;
}

export interface Spent {
  /** Virtual time since the sweep began. */
  readonly seconds: number;
  /** Time that all devices were taken, together. */
  readonly deviceSeconds: number;
  /** Epochs trained in all. */
  readonly epochs: number;
  readonly trials: Counts;
}

export interface SimulationResult extends Spent {
  readonly isComplete: boolean;
  /** By group: how many trials trained at least so many epochs (index 0: one epoch). */
  readonly trained: ReadonlyMap<string | number, readonly number[]>;
  /** By group: how many trials trained to their end. */
  readonly completed: ReadonlyMap<string | number, number>;
  /** By group: seconds that devices trained, without starts and without epochs that were broken off. */
  readonly trainSeconds: ReadonlyMap<string | number, number>;
  /** By the main objective. */
  readonly best: readonly BestSoFar[];
  /** What had been done when a limit was used up; only limits that were. */
  readonly limits: { readonly seconds?: Spent; readonly deviceSeconds?: Spent };
}
