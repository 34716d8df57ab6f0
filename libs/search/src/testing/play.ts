import { sweepSpecSchema, type SweepSpec, type SweepSpecInput } from '@fathom/contracts';
import type { SearchAction, SearchEvent } from '../events';
import type { JsonObject } from '../json';
import { maxEpochsOf } from '../schedulers/create-scheduler';
import type { SearchContext } from '../search-context';
import { createSearcher, type Searcher } from '../searcher';
import type { Configuration } from '../space/search-space';

/** Every network costs the same. */
export const context: SearchContext = { epochCost: () => 1 };

/** The objectives of a trial after an epoch; undefined: its training crashes in that epoch. */
export type Curve = (
  trial: number,
  values: Configuration,
  epoch: number,
) => readonly (number | null)[] | undefined;

/** Trial 1 is the worst, and every trial gets better with every epoch. */
export const improving: Curve = (trial, _, epoch) => [1 / trial + 1 / epoch];

export interface PlayOptions {
  readonly curve?: Curve;
  /** Each event comes twice. */
  readonly repeatEvents?: boolean;
  /** After every event the searcher is made anew from its state, as when a coordinator restarts. */
  readonly restart?: boolean;
  readonly context?: SearchContext;
}

export interface Played {
  readonly actions: readonly SearchAction[];
  readonly events: readonly SearchEvent[];
  readonly state: JsonObject;
  /** Epochs trained in all. */
  readonly epochs: number;
}

interface Running {
  readonly trial: number;
  readonly values: Configuration;
  epoch: number;
  until: number;
}

/** Plays a sweep to its end: the open trials train one epoch each in turn. */
export function play(input: SweepSpecInput, options: PlayOptions = {}): Played {
  const spec = sweepSpecSchema.parse(input);
  return new Play(spec, options).run();
}

class Play {
  private readonly actions: SearchAction[] = [];
  private readonly events: SearchEvent[] = [];
  private readonly running: Running[] = [];
  private readonly paused = new Map<number, Running>();
  private readonly context: SearchContext;
  private searcher: Searcher;
  private epochs = 0;

  constructor(
    private readonly spec: SweepSpec,
    private readonly options: PlayOptions,
  ) {
    this.context = options.context ?? context;
    this.searcher = createSearcher(spec, this.context);
  }

  run(): Played {
    this.tell({ type: 'sweepStarted' });
    for (let next = this.running.shift(); next !== undefined; next = this.running.shift()) this.train(next);
    const { actions, events, epochs } = this;
    return { actions, events, epochs, state: this.searcher.snapshot() };
  }

  private train(run: Running): void {
    const { trial } = run;
    run.epoch++;
    this.epochs++;
    const epoch = run.epoch;
    const objectives = (this.options.curve ?? improving)(trial, run.values, epoch);
    const isLast = epoch === this.epochsOf(run);
    if (objectives !== undefined && !isLast && epoch < run.until) this.running.push(run);
    if (objectives === undefined) return this.tell({ type: 'trialFailed', trial, reason: 'crashed' });
    if (!isLast && epoch === run.until) this.paused.set(trial, run);
    this.tell({ type: 'epochReported', trial, epoch, objectives });
    if (isLast) this.tell({ type: 'trialCompleted', trial, objectives });
    else if (epoch === run.until && this.paused.has(trial))
      this.tell({ type: 'trialPaused', trial, epoch, objectives });
  }

  private tell(event: SearchEvent): void {
    for (const told of this.options.repeatEvents ? [event, event] : [event]) {
      this.events.push(told);
      for (const action of this.searcher.handle(told)) this.carryOut(action);
      if (this.options.restart) {
        const state = JSON.parse(JSON.stringify(this.searcher.snapshot())) as JsonObject;
        this.searcher = createSearcher(this.spec, this.context, state);
      }
    }
  }

  private carryOut(action: SearchAction): void {
    this.actions.push(action);
    const until = 'untilEpoch' in action ? (action.untilEpoch ?? Infinity) : Infinity;
    switch (action.type) {
      case 'createTrial': {
        const { trial, values, from } = action;
        this.running.push({ trial, values, until, epoch: from?.epoch ?? 0 });
        return;
      }
      case 'resumeTrial': {
        const run = this.paused.get(action.trial);
        if (run === undefined) throw new Error(`trial ${String(action.trial)} is not paused`);
        this.paused.delete(action.trial);
        this.running.push({ ...run, until });
        return;
      }
      case 'stopTrial': {
        this.paused.delete(action.trial);
        const index = this.running.findIndex(({ trial }) => trial === action.trial);
        if (index >= 0) this.running.splice(index, 1);
        return;
      }
      case 'pauseTrial':
      case 'completeSweep':
        return;
    }
  }

  private epochsOf({ values }: Running): number {
    return Number(values.epochs ?? maxEpochsOf(this.spec));
  }
}
