import { MAX_TRIALS, type SweepSpec } from '@fathom/contracts';
import { trialEpochs } from './epochs';
import type { SearchAction, SearchEvent } from './events';
import { History, type ObservationState } from './history';
import type { JsonObject } from './json';
import { isUsable, lossesOf, type Losses } from './losses';
import { OpenTrials, type OpenTrial } from './open-trials';
import { completionReason, type Counts } from './completion-reason';
import { planOf, type Plan, type PlanLimits } from './plan';
import { runAll } from './schedulers/run-all';
import type { Stop, Wish } from './schedulers/scheduler';
import type { SearchContext } from './search-context';
import type { Configuration } from './space/search-space';

/**
 * Decides what a sweep does next: events in, actions out. It has no clock and no randomness of its own, so recorded
 * events can be replayed and a restarted coordinator continues instead of guessing. Events may arrive twice and in any
 * order; one that says nothing new gives no action and leaves the state as it is.
 */
export interface Searcher {
  /** Trials the sweep will have in all, copies of population-based training aside. */
  readonly plannedTrials: number;
  /** @throws SearchSpecError for an extension to a spec that could never run */
  handle(event: SearchEvent): readonly SearchAction[];
  /** The state as JSON, from which {@link createSearcher} goes on as this one would. */
  snapshot(): JsonObject;
}

interface Snapshot extends JsonObject {
  readonly created: number;
  readonly drawn: number;
  readonly counts: Counts & JsonObject;
  readonly phase: Phase;
  readonly extensions: number;
  readonly rerunnable: readonly number[];
  /** What was proposed before the space was last widened. */
  readonly tried: readonly (Configuration & JsonObject)[];
}

type Phase = 'new' | 'running' | 'complete';

export interface SearcherOptions {
  /** The most trials the sweep may have. Default MAX_TRIALS; simulations go beyond it. */
  readonly maxTrials?: number;
  /**
   * The trials stand for so many of a larger sweep: a grid then proposes points from all over those. Absent: it is the sweep
   * itself.
   */
  readonly partOf?: number;
}

/**
 * @param snapshot of a searcher made from the same spec; absent: the sweep has not begun
 * @throws SearchSpecError when search, scheduler, space and budget do not fit together
 */
export const createSearcher = (
  spec: SweepSpec,
  context: SearchContext,
  snapshot?: JsonObject,
  { maxTrials = MAX_TRIALS, partOf }: SearcherOptions = {},
): Searcher => new SweepSearcher(spec, context, snapshot as Snapshot | undefined, { maxTrials, partOf });

class SweepSearcher implements Searcher {
  private plan: Plan;
  private readonly history: History;
  private readonly trials: OpenTrials;
  private readonly toLosses: ReturnType<typeof lossesOf>;
  private readonly counts: Counts;
  /** Trials that failed, and so can have another attempt. */
  private readonly rerunnable: Set<number>;
  /** Trials so far, copies of population-based training included; the newest trial's number. */
  private created: number;
  /** Configurations so far that the sampler proposed. */
  private drawn: number;
  /** How often there was more to do than had been planned. */
  private extensions: number;
  private phase: Phase;
  private actions: SearchAction[] = [];

  constructor(
    spec: SweepSpec,
    private readonly context: SearchContext,
    snapshot: Snapshot | undefined,
    private readonly limits: PlanLimits,
  ) {
    this.plan = planOf(spec, context, limits, snapshot);
    this.toLosses = lossesOf(spec);
    this.history = new History();
    if (snapshot === undefined) this.importTrials(spec);
    else this.history.restore(snapshot['history'] ?? null);
    this.trials = new OpenTrials(this.plan.sampler.learns, snapshot?.['trials']);
    this.created = snapshot?.created ?? 0;
    this.drawn = snapshot?.drawn ?? 0;
    this.counts = { ...(snapshot?.counts ?? { ended: 0, failed: 0, stopped: 0 }) };
    this.rerunnable = new Set(snapshot?.rerunnable);
    this.extensions = snapshot?.extensions ?? 0;
    this.phase = snapshot?.phase ?? 'new';
  }

  get plannedTrials(): number {
    return this.plan.plannedTrials;
  }

  handle(event: SearchEvent): readonly SearchAction[] {
    this.actions = [];
    if (event.type === 'sweepStarted') {
      if (this.phase !== 'new') return [];
      this.phase = 'running';
      this.fill();
    } else if (this.phase !== 'new' && this.take(event)) this.fill();
    return this.actions;
  }

  snapshot(): JsonObject {
    return {
      phase: this.phase,
      created: this.created,
      drawn: this.drawn,
      counts: { ...this.counts },
      extensions: this.extensions,
      rerunnable: [...this.rerunnable],
      tried: this.plan.tried,
      trials: this.trials.snapshot(),
      sampler: this.plan.sampler.snapshot(),
      scheduler: this.plan.scheduler.snapshot(),
      history: this.history.snapshot(),
    };
  }

  /** @returns whether the event was news */
  private take(event: Exclude<SearchEvent, { type: 'sweepStarted' }>): boolean {
    if (event.type === 'sweepExtended') return this.extend(event);
    const trial = this.trials.get(event.trial);
    if (event.type === 'trialRerun') return trial === undefined && this.reopen(event);
    if (trial === undefined) return false;
    const scheduler = trial.isRerun ? runAll : this.plan.scheduler;
    switch (event.type) {
      case 'epochReported': {
        if (trial.isPaused || event.epoch <= trial.epoch) return false;
        const losses = this.toLosses(event.objectives);
        this.progress(event.trial, trial, event.epoch, losses, 'running');
        this.stopAll(scheduler.reported(event.trial, event.epoch, losses));
        return true;
      }
      case 'trialPaused': {
        // Its last epoch may have been reported on its own before.
        if (trial.isPaused || event.epoch < trial.epoch || event.epoch !== trial.untilEpoch) return false;
        const losses = this.toLosses(event.objectives);
        this.progress(event.trial, trial, event.epoch, losses, 'paused');
        const { reason, stops } = scheduler.paused(event.trial, event.epoch, losses);
        this.actions.push({ type: 'pauseTrial', trial: event.trial, epoch: event.epoch, reason });
        this.stopAll(stops);
        return true;
      }
      case 'trialCompleted': {
        const losses = this.toLosses(event.objectives);
        this.end(event.trial, trial, losses, isUsable(losses) ? 'complete' : 'failed');
        this.stopAll(scheduler.completed(event.trial, losses));
        return true;
      }
      case 'trialFailed':
      case 'trialCancelled':
        this.end(event.trial, trial, this.toLosses([]), 'failed');
        if (event.type === 'trialFailed') this.rerunnable.add(event.trial);
        this.stopAll(scheduler.ended(event.trial));
        return true;
    }
  }

  private reopen({ trial, values }: Extract<SearchEvent, { type: 'trialRerun' }>): boolean {
    if (!this.rerunnable.delete(trial)) return false;
    this.phase = 'running';
    this.counts.ended--;
    this.counts.failed--;
    const losses = this.toLosses([]);
    this.trials.add(trial, { values, epoch: 0, untilEpoch: undefined, losses, isRerun: true });
    this.history.reopen(trial);
    this.remember(trial, values, 'running', 0, losses);
    return true;
  }

  private extend({ extension, to, tried }: Extract<SearchEvent, { type: 'sweepExtended' }>): boolean {
    if (extension !== this.extensions + 1) return false;
    const { sampler, scheduler } = this.plan;
    // In another space the sampler begins anew, with what was tried behind it.
    const state = tried
      ? { tried, scheduler: scheduler.snapshot() }
      : { tried: this.plan.tried, sampler: sampler.snapshot(), scheduler: scheduler.snapshot() };
    this.plan = planOf(to, this.context, this.limits, state);
    this.extensions = extension;
    this.phase = 'running';
    return true;
  }

  /**
   * Gives every free place something to do; where nothing is left to be done, the sweep is complete. Other attempts that
   * somebody asked for come on top, so that a scheduler's wish is always granted at once.
   */
  private fill(): void {
    while (this.trials.scheduled < this.plan.maxConcurrent) {
      const wish = this.plan.scheduler.next({ canBegin: this.drawn < this.plannedTrials });
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
    this.trials.add(trial, { values, epoch, untilEpoch, losses, isRerun: false });
    this.remember(trial, values, 'running', epoch, losses);
    this.actions.push({ type: 'createTrial', trial, values, ...until, ...from, reason });
    this.plan.scheduler.began(trial, values, wish);
  }

  private drawFor({ untilEpoch, label }: Extract<Wish, { readonly type: 'begin' }>) {
    const { values, reason } = this.plan.sampler.propose(++this.drawn, this.history);
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
      toStop.push(...this.plan.scheduler.ended(stop.trial));
    }
  }

  private complete(): void {
    this.stopAll(
      this.trials.paused().map((trial) => ({ trial, reason: this.plan.scheduler.leftOver(trial) })),
    );
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
    if (this.plan.sampler.learns && values !== null)
      this.history.set({ trial, values, state, epoch, losses });
  }

  private importTrials(spec: SweepSpec): void {
    spec.warmStart.trials.forEach(({ values, objectives }, index) => {
      const losses = this.toLosses(objectives);
      const state = isUsable(losses) ? 'complete' : 'failed';
      this.remember(0 - index, values, state, trialEpochs(spec, values), losses);
    });
  }
}
