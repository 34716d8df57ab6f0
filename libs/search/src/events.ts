import type { Configuration } from './space/search-space';

/** What the searcher is told. `objective` is null when the trial gave no usable number. */
export type SearchEvent =
  | { readonly type: 'sweepStarted' }
  | {
      readonly type: 'epochReported';
      readonly trial: number;
      readonly epoch: number;
      readonly objective: number | null;
    }
  | { readonly type: 'trialCompleted'; readonly trial: number; readonly objective: number | null }
  | { readonly type: 'trialFailed'; readonly trial: number; readonly reason: string }
  | { readonly type: 'trialCancelled'; readonly trial: number };

/** What the searcher asks for. Whoever receives an action carries it out. */
export type SearchAction =
  | {
      readonly type: 'createTrial';
      readonly trial: number;
      readonly values: Configuration;
      readonly reason: string;
    }
  | { readonly type: 'completeSweep'; readonly reason: string };
