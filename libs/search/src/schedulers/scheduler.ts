import type { SchedulerSpec, SweepSpec } from '@fathom/contracts';
import type { Origin } from '../events';
import type { Json } from '../json';
import type { Losses } from '../losses';
import type { SearchContext } from '../search-context';
import type { Configuration, SearchSpace } from '../space/search-space';

/** What a free place should do. `untilEpoch` absent: to the end of its training. */
export type Wish =
  /**
   * Draw a configuration and begin it. `label` says where it begins ("bracket 2, up to epoch 3"). Where its first pause
   * is may depend on what is drawn.
   */
  | {
      readonly type: 'begin';
      readonly untilEpoch?: number | ((values: Configuration) => number);
      readonly label?: string;
    }
  | {
      readonly type: 'clone';
      readonly from: Origin;
      readonly values: Configuration;
      readonly untilEpoch?: number;
      readonly reason: string;
    }
  | { readonly type: 'resume'; readonly trial: number; readonly untilEpoch?: number; readonly reason: string }
  /** Nothing now; something may come of what still runs. With nothing running it is the end. */
  | { readonly type: 'wait' };

/** A trial to end early, and why. */
export interface Stop {
  readonly trial: number;
  readonly reason: string;
}

/** What a scheduler says to a trial's pause: why it waits, and which trials (it or others) end because of it. */
export interface PauseVerdict {
  readonly reason: string;
  readonly stops: readonly Stop[];
}

export interface SchedulerWorld {
  readonly context: SearchContext;
  readonly space: SearchSpace;
  /** Configurations that will be begun in all. */
  readonly plannedTrials: number;
}

/** What a scheduler is made from. */
export interface SchedulerSetup<A extends SchedulerSpec['algorithm']> extends SchedulerWorld {
  readonly spec: SweepSpec;
  readonly settings: Extract<SchedulerSpec, { readonly algorithm: A }>;
  /** The most that a training can have; without epochs in the space those of every training. */
  readonly epochs: number;
}

export interface Places {
  /** Whether there is another configuration to begin. */
  readonly canBegin: boolean;
}

/**
 * Decides how far each trial is trained. It is told what the searcher has found to be news: each epoch, pause and end
 * of a trial once, in order. Its next word is a function of its snapshot and what it is told; the snapshot is JSON.
 *
 * Failed trials and those without a usable number count as worst, are never promoted and poison no percentile.
 */
export interface Scheduler {
  /** What the next free place should do; it is carried out at once. */
  next(places: Places): Wish;
  /** A wish to begin or clone has become this trial. */
  began(trial: number, values: Configuration, wish: Wish): void;
  /** @returns trials to stop */
  reported(trial: number, epoch: number, losses: Losses): readonly Stop[];
  paused(trial: number, epoch: number, losses: Losses): PauseVerdict;
  /** @returns trials to stop */
  completed(trial: number, losses: Losses): readonly Stop[];
  /**
   * It failed, was cancelled, or a stop that was asked for has been carried out.
   *
   * @returns trials to stop
   */
  ended(trial: number): readonly Stop[];
  /** Why a trial that is still paused at the end of the sweep goes no further. */
  leftOver(trial: number): string;
  snapshot(): Json;
}
