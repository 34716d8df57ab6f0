import { ADAPTIVE_CONCURRENCY, MAX_TRIALS, type SweepSpec } from '@fathom/contracts';
import type { SearchAction, SearchEvent } from './events';
import { History, type ObservationState } from './history';
import type { JsonObject } from './json';
import { isUsable, lossesOf, type Losses } from './losses';
import { OpenTrials, type OpenTrial } from './open-trials';
import { createSampler } from './samplers/create-sampler';
import type { Sampler } from './samplers/sampler';
import { createScheduler, maxEpochsOf } from './schedulers/create-scheduler';
import type { Scheduler, Stop, Wish } from './schedulers/scheduler';
import type { SearchContext } from './search-context';
import { SearchSpecError } from './search-spec-error';
import type { Configuration } from './space/search-space';
import { spaceOf } from './space/space-of';

/**
 * Decides what a sweep does next: events in, actions out. It has no clock and no randomness of its own, so recorded
 * events can be replayed and a restarted coordinator continues instead of guessing. Events may arrive twice and in any
 * order; one that says nothing new gives no action and leaves the state as it is.
 */
export interface Searcher {
  /** Trials the sweep will have in all, copies of population-based training aside. */
  readonly plannedTrials: number;
  handle(event: SearchEvent): readonly SearchAction[];
  /** The state as JSON, from which {@link createSearcher} goes on as this one would. */
  snapshot(): JsonObject;
}

interface Snapshot extends JsonObject {
  readonly created: number;
  readonly drawn: number;
  readonly counts: Counts & JsonObject;
  readonly phase: Phase;
}

type Phase = 'new' | 'running' | 'complete';

interface Counts {
  ended: number;
  /** Of these without a usable result. */
  failed: number;
  /** Of these by the scheduler's decision. */
  stopped: number;
}

export interface SearcherOptions {
  /** The most trials the sweep may have. Default MAX_TRIALS; simulations go beyond it. */
  readonly maxTrials?: number;
}

/**
 * @param snapshot of a searcher made from the same spec; absent: the sweep has not begun
 * @throws SearchSpecError when search, scheduler, space and budget do not fit together
 */
export const createSearcher = (
  spec: SweepSpec,
  context: SearchContext,
  snapshot?: JsonObject,
  { maxTrials = MAX_TRIALS }: SearcherOptions = {},
): Searcher => new SweepSearcher(spec, context, snapshot as Snapshot | undefined, maxTrials);

/** How many trials the sweep will have. @throws SearchSpecError like {@link createSearcher} */
export const planSize = (spec: SweepSpec, context: SearchContext, options?: SearcherOptions): number =>
  createSearcher(spec, context, undefined, options).plannedTrials;

class SweepSearcher implements Searcher {
  readonly plannedTrials: number;
  private readonly sampler: Sampler;
  private readonly scheduler: Scheduler;
  private readonly history: History;
  private readonly trials: OpenTrials;
  private readonly maxConcurrent: number;
  private readonly toLosses: ReturnType<typeof lossesOf>;
  private readonly counts: Counts;
  /** Trials so far, copies of population-based training included; the newest trial's number. */
  private created: number;
  /** Configurations so far that the sampler proposed. */
  private drawn: number;
  private phase: Phase;
  private actions: SearchAction[] = [];

  constructor(spec: SweepSpec, context: SearchContext, snapshot: Snapshot | undefined, maxTrials: number) {
    const { search, budget } = spec;
    const space = spaceOf(spec);
    this.sampler = createSampler(spec, space, snapshot?.['sampler']);
    this.plannedTrials = Math.min(this.sampler.size, budget.maxTrials ?? Number.POSITIVE_INFINITY);
    if (this.plannedTrials > maxTrials)
      throw new SearchSpecError(
        ['space'],
        `${String(this.plannedTrials)} trials are more than the ${String(maxTrials)} a sweep may have; ` +
          'narrow the space or set budget.maxTrials',
      );
    const world = { context, space, plannedTrials: this.plannedTrials };
    this.scheduler = createScheduler(spec, world, snapshot?.['scheduler']);
    const { learns } = this.sampler;
    this.maxConcurrent = search.maxConcurrent ?? (learns ? ADAPTIVE_CONCURRENCY : Number.POSITIVE_INFINITY);
    this.toLosses = lossesOf(spec);
    this.history = new History();
    if (snapshot === undefined) this.importTrials(spec);
    else this.history.restore(snapshot['history'] ?? null);
    this.trials = new OpenTrials(learns, snapshot?.['trials']);
    this.created = snapshot?.created ?? 0;
    this.drawn = snapshot?.drawn ?? 0;
    this.counts = { ...(snapshot?.counts ?? { ended: 0, failed: 0, stopped: 0 }) };
    this.phase = snapshot?.phase ?? 'new';
  }

  handle(event: SearchEvent): readonly SearchAction[] {
    this.actions = [];
    if (event.type === 'sweepStarted') {
      if (this.phase !== 'new') return [];
      this.phase = 'running';
      this.fill();
    } else if (this.phase === 'running' && this.take(event)) this.fill();
    return this.actions;
  }

  snapshot(): JsonObject {
    return {
      phase: this.phase,
      created: this.created,
      drawn: this.drawn,
      counts: { ...this.counts },
      trials: this.trials.snapshot(),
      sampler: this.sampler.snapshot(),
      scheduler: this.scheduler.snapshot(),
      history: this.history.snapshot(),
    };
  }

  /** @returns whether the event was news */
  private take(event: Exclude<SearchEvent, { type: 'sweepStarted' }>): boolean {
    const trial = this.trials.get(event.trial);
    if (trial === undefined) return false;
    switch (event.type) {
      case 'epochReported': {
        if (trial.isPaused || event.epoch <= trial.epoch) return false;
        const losses = this.toLosses(event.objectives);
        this.progress(event.trial, trial, event.epoch, losses, 'running');
        this.stopAll(this.scheduler.reported(event.trial, event.epoch, losses));
        return true;
      }
      case 'trialPaused': {
        // Its last epoch may have been reported on its own before.
        if (trial.isPaused || event.epoch < trial.epoch || event.epoch !== trial.untilEpoch) return false;
        const losses = this.toLosses(event.objectives);
        this.progress(event.trial, trial, event.epoch, losses, 'paused');
        const { reason, stops } = this.scheduler.paused(event.trial, event.epoch, losses);
        this.actions.push({ type: 'pauseTrial', trial: event.trial, epoch: event.epoch, reason });
        this.stopAll(stops);
        return true;
      }
      case 'trialCompleted': {
        const losses = this.toLosses(event.objectives);
        this.end(event.trial, trial, losses, isUsable(losses) ? 'complete' : 'failed');
        this.stopAll(this.scheduler.completed(event.trial, losses));
        return true;
      }
      case 'trialFailed':
      case 'trialCancelled':
        this.end(event.trial, trial, this.toLosses([]), 'failed');
        this.stopAll(this.scheduler.ended(event.trial));
        return true;
    }
  }

  /** Gives every free place something to do; where nothing is left to be done, the sweep is complete. */
  private fill(): void {
    while (this.trials.running < this.maxConcurrent) {
      const wish = this.scheduler.next({ canBegin: this.drawn < this.plannedTrials });
      if (wish.type === 'wait') {
        if (this.trials.running === 0) this.complete();
        return;
      }
      this.grant(wish);
    }
  }

  private grant(wish: Exclude<Wish, { type: 'wait' }>): void {
    if (wish.type === 'resume') {
      this.trials.resume(wish.trial, wish.untilEpoch);
      this.actions.push({ ...wish, type: 'resumeTrial' });
      return;
    }
    const trial = ++this.created;
    const { values, reason, untilEpoch } = wish.type === 'clone' ? wish : this.drawFor(wish);
    const until = untilEpoch === undefined ? {} : { untilEpoch };
    const from = wish.type === 'clone' ? { from: wish.from } : {};
    const epoch = wish.type === 'clone' ? wish.from.epoch : 0;
    const losses = this.toLosses([]);
    this.trials.add(trial, { values, epoch, untilEpoch, losses });
    this.remember(trial, values, 'running', epoch, losses);
    this.actions.push({ type: 'createTrial', trial, values, ...until, ...from, reason });
    this.scheduler.began(trial, values, wish);
  }

  private drawFor({ untilEpoch, label }: Extract<Wish, { readonly type: 'begin' }>) {
    const { values, reason } = this.sampler.propose(++this.drawn, this.history);
    return {
      values,
      reason: label === undefined ? reason : `${reason}; ${label}`,
      untilEpoch: typeof untilEpoch === 'function' ? untilEpoch(values) : untilEpoch,
    };
  }

  private progress(
    number: number,
    trial: OpenTrial,
    epoch: number,
    losses: Losses,
    state: 'running' | 'paused',
  ): void {
    this.trials.advance(number, epoch, losses, state === 'paused');
    this.remember(number, trial.values, state, epoch, losses);
  }

  private end(number: number, trial: OpenTrial, losses: Losses, state: ObservationState): void {
    this.trials.delete(number);
    this.counts.ended++;
    if (state === 'failed') this.counts.failed++;
    this.remember(number, trial.values, state, trial.epoch, losses);
  }

  /** The end of one trial may be the end of others, which are then stopped in the same walk. */
  private stopAll(stops: readonly Stop[]): void {
    const toStop = [...stops];
    for (const stop of toStop) {
      const trial = this.trials.get(stop.trial);
      if (trial === undefined) continue;
      this.counts.stopped++;
      this.end(stop.trial, trial, trial.losses, isUsable(trial.losses) ? 'stopped' : 'failed');
      this.actions.push({ type: 'stopTrial', ...stop });
      toStop.push(...this.scheduler.ended(stop.trial));
    }
  }

  private complete(): void {
    this.stopAll(this.trials.paused().map((trial) => ({ trial, reason: this.scheduler.leftOver(trial) })));
    this.phase = 'complete';
    this.actions.push({ type: 'completeSweep', reason: completionReason(this.created, this.counts) });
  }

  private remember(
    trial: number,
    values: Configuration | null,
    state: ObservationState,
    epoch: number,
    losses: Losses,
  ): void {
    if (this.sampler.learns && values !== null) this.history.set({ trial, values, state, epoch, losses });
  }

  private importTrials(spec: SweepSpec): void {
    const epoch = spec.recipe.epochs ?? maxEpochsOf(spec);
    spec.warmStart.trials.forEach(({ values, objectives }, index) => {
      const losses = this.toLosses(objectives);
      this.remember(0 - index, values, isUsable(losses) ? 'complete' : 'failed', epoch, losses);
    });
  }
}

function completionReason(trials: number, { failed, stopped }: Counts): string {
  const all = `all ${String(trials)} trials have ended`;
  const early = stopped === 0 ? '' : `, ${String(stopped)} of them early`;
  return failed === 0 ? `${all}${early}` : `${all}${early}, ${String(failed)} of them without a result`;
}
