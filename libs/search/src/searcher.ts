import type { SweepSpec } from '@fathom/contracts';
import { MAX_TRIALS } from '@fathom/contracts';
import type { SearchAction, SearchEvent } from './events';
import { intervalsAdd, intervalsHave, type IntervalSet } from './interval-set';
import type { Json, JsonObject } from './json';
import { createSampler } from './samplers/create-sampler';
import { SearchSpecError } from './search-spec-error';
import { SearchSpace } from './space/search-space';

export interface Step {
  readonly state: JsonObject;
  readonly actions: readonly SearchAction[];
}

/**
 * Decides what a sweep does next. Pure: the same state and event always give the same step, so recorded events
 * can be replayed and a restarted coordinator continues instead of guessing. Events may arrive twice and in any
 * order; one that says nothing new gives no action and leaves the state as it is.
 */
export interface Searcher {
  /** Trials the sweep will have in all. */
  readonly plannedTrials: number;
  /** The step of `sweepStarted`. */
  start(): Step;
  handle(state: JsonObject, event: SearchEvent): Step;
}

interface RunAllState extends JsonObject {
  readonly sampler: Json;
  readonly created: number;
  readonly ended: IntervalSet;
  readonly endedCount: number;
  readonly failed: number;
  readonly isComplete: boolean;
}

/**
 * Every proposed trial runs to its end, at most `search.maxConcurrent` at once.
 *
 * @throws SearchSpecError when search, space and budget do not fit together
 */
export function createSearcher(spec: SweepSpec): Searcher {
  const sampler = createSampler(spec.search, new SearchSpace(spec.space));
  const plannedTrials = Math.min(sampler.size, spec.budget.maxTrials ?? Number.POSITIVE_INFINITY);
  if (plannedTrials > MAX_TRIALS)
    throw new SearchSpecError(
      ['space'],
      `${String(plannedTrials)} trials are more than the ${String(MAX_TRIALS)} a sweep may have; ` +
        'narrow the space or set budget.maxTrials',
    );
  const maxConcurrent = spec.search.maxConcurrent ?? plannedTrials;

  const advance = (state: RunAllState): Step => {
    const actions: SearchAction[] = [];
    let { sampler: samplerState, created } = state;
    while (created < plannedTrials && created - state.endedCount < maxConcurrent) {
      created += 1;
      const { state: next, values, reason } = sampler.propose(samplerState, created);
      samplerState = next;
      actions.push({ type: 'createTrial', trial: created, values, reason });
    }
    const isComplete = state.endedCount === plannedTrials;
    if (isComplete)
      actions.push({ type: 'completeSweep', reason: completionReason(plannedTrials, state.failed) });
    return { state: { ...state, sampler: samplerState, created, isComplete }, actions };
  };

  const end = (state: RunAllState, trial: number, failed: boolean): Step => {
    const isNews = trial >= 1 && trial <= state.created && !intervalsHave(state.ended, trial);
    if (state.isComplete || !isNews) return { state, actions: [] };
    return advance({
      ...state,
      ended: intervalsAdd(state.ended, trial),
      endedCount: state.endedCount + 1,
      failed: state.failed + (failed ? 1 : 0),
    });
  };

  const start = (): Step =>
    advance({ sampler: sampler.start(), created: 0, ended: [], endedCount: 0, failed: 0, isComplete: false });

  return {
    plannedTrials,
    start,
    handle: (json, event) => {
      const state = json as RunAllState;
      switch (event.type) {
        case 'sweepStarted':
        case 'epochReported':
          return { state, actions: [] };
        case 'trialCompleted':
          return end(state, event.trial, event.objective === null || !Number.isFinite(event.objective));
        case 'trialFailed':
        case 'trialCancelled':
          return end(state, event.trial, true);
      }
    },
  };
}

/** How many trials the sweep will have. @throws SearchSpecError like {@link createSearcher} */
export const planSize = (spec: SweepSpec): number => createSearcher(spec).plannedTrials;

function completionReason(trials: number, failed: number): string {
  const all = `all ${String(trials)} trials have ended`;
  return failed === 0 ? all : `${all}, ${String(failed)} of them without a result`;
}
