import type { SweepSpec } from '@fathom/contracts';
import type { Configuration } from './space/search-space';

/** Values of the sweep's objectives in their order; null for one that gave no usable number. */
export type ObjectiveValues = readonly (number | null)[];

/** What the searcher is told. Epochs count from the trial's beginning, over all its segments. */
export type SearchEvent =
  | { readonly type: 'sweepStarted' }
  | {
      readonly type: 'epochReported';
      readonly trial: number;
      readonly epoch: number;
      readonly objectives: ObjectiveValues;
    }
  /** It got to the `untilEpoch` it was given and waits there with a checkpoint. */
  | {
      readonly type: 'trialPaused';
      readonly trial: number;
      readonly epoch: number;
      readonly objectives: ObjectiveValues;
    }
  | { readonly type: 'trialCompleted'; readonly trial: number; readonly objectives: ObjectiveValues }
  | { readonly type: 'trialFailed'; readonly trial: number; readonly reason: string }
  | { readonly type: 'trialCancelled'; readonly trial: number }
  /**
   * A trial that failed is to have another attempt, as somebody asked. It trains to its end, outside of the schedule: no
   * rung and no other trial waits for it, and its result is that of a completed trial.
   */
  | { readonly type: 'trialRerun'; readonly trial: number; readonly values: Configuration }
  /**
   * There is more to do than was planned. `extension` counts them from 1. `tried`: what was proposed until now, where the
   * space is another.
   */
  | {
      readonly type: 'sweepExtended';
      readonly extension: number;
      readonly from: SweepSpec;
      readonly to: SweepSpec;
      readonly tried?: readonly Configuration[];
    };

/** Where a new trial's weights come from: another trial, as it was when it paused at the epoch. */
export interface Origin {
  readonly trial: number;
  readonly epoch: number;
}

/** What the searcher asks for. Whoever receives an action carries it out. `untilEpoch` absent: to the end. */
export type SearchAction =
  | {
      readonly type: 'createTrial';
      readonly trial: number;
      readonly values: Configuration;
      readonly untilEpoch?: number;
      readonly from?: Origin;
      readonly reason: string;
    }
  /** A paused trial goes on from its checkpoint. */
  | {
      readonly type: 'resumeTrial';
      readonly trial: number;
      readonly untilEpoch?: number;
      readonly reason: string;
    }
  /** Nothing to do: the trial has paused by itself. The decision is that it stays so for now, and why. */
  | { readonly type: 'pauseTrial'; readonly trial: number; readonly epoch: number; readonly reason: string }
  /** A running or paused trial ends here; what it has reached is its result. */
  | { readonly type: 'stopTrial'; readonly trial: number; readonly reason: string }
  | { readonly type: 'completeSweep'; readonly reason: string };
