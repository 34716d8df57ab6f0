import type { Origin, SearchAction, SearchEvent } from '../events';
import type { Random } from '../random';
import type { Configuration } from '../space/search-space';

export interface Trial {
  readonly trial: number;
  readonly values: Configuration;
  /** Of its whole training. */
  readonly epochs: number;
  readonly from: Origin | undefined;
  state: 'training' | 'paused' | 'over';
  isStopped: boolean;
  /** In another attempt, as somebody asked for one after the first had failed. */
  isRerun: boolean;
  epoch: number;
  until: number;
  /** Epochs of its pauses; workers keep the checkpoints of the newest two. */
  readonly pauses: number[];
}

type Create = Extract<SearchAction, { readonly type: 'createTrial' }>;

/** Carries out what a searcher asks for, and throws where no searcher may ask for it. */
export class CheckedWorld {
  private readonly trials = new Map<number, Trial>();
  private readonly training: Trial[] = [];
  /** Trials that the searcher has to take for queued or running. */
  private readonly open = new Set<number>();
  private readonly alreadyTold = new Set<SearchEvent>();
  private isComplete = false;

  constructor(
    private readonly maxConcurrent: number,
    private readonly trialEpochs: (values: Configuration) => number,
  ) {}

  get isTraining(): boolean {
    return this.training.length > 0;
  }

  /** The trial that trains its next epoch: the first, or one at random. */
  take(random: Random | undefined): Trial | undefined {
    const [run] = this.training.splice(random?.below(Math.max(1, this.training.length)) ?? 0, 1);
    const from = run?.from;
    if (run !== undefined && !run.isRerun && from?.epoch === run.epoch) this.findCheckpoint(run.trial, from);
    return run;
  }

  trainOn(run: Trial): void {
    this.training.push(run);
  }

  /** Epochs that each trial trained itself. */
  epochsOf(): ReadonlyMap<number, number> {
    return new Map([...this.trials.values()].map((run) => [run.trial, run.epoch - (run.from?.epoch ?? 0)]));
  }

  mustBeOver(): void {
    demand(this.isComplete, 'nothing is left to happen, and the sweep is not complete');
  }

  told(event: SearchEvent): void {
    if (event.type === 'sweepExtended') this.isComplete = false;
    if (event.type === 'sweepStarted' || event.type === 'sweepExtended') return;
    if (event.type === 'trialRerun') {
      this.rerun(event.trial);
      return;
    }
    const ends = event.type !== 'epochReported';
    // What comes again says nothing of a trial that has gone on since.
    if (ends && !this.alreadyTold.has(event)) this.open.delete(event.trial);
    this.alreadyTold.add(event);
  }

  /** Somebody asks for another attempt at a trial that crashed. */
  private rerun(trial: number): void {
    const run = this.find(trial);
    if (run.isRerun) return;
    demand(run.state === 'over', `trial ${String(trial)} has not failed`);
    Object.assign(run, { state: 'training', until: Infinity, isRerun: true });
    this.isComplete = false;
    this.open.add(trial);
    this.training.push(run);
  }

  carryOut(action: SearchAction): void {
    demand(!this.isComplete, `${action.type} after the end of the sweep`);
    switch (action.type) {
      case 'createTrial':
        this.create(action);
        return;
      case 'resumeTrial': {
        const run = this.find(action.trial);
        demand(
          run.state === 'paused' && !this.open.has(run.trial),
          `trial ${String(run.trial)} is not paused`,
        );
        run.state = 'training';
        this.begin(run, action.untilEpoch);
        return;
      }
      case 'pauseTrial': {
        const run = this.find(action.trial);
        demand(
          run.state === 'paused' && run.epoch === action.epoch,
          `trial ${String(run.trial)} is elsewhere`,
        );
        return;
      }
      case 'stopTrial': {
        const run = this.find(action.trial);
        demand(
          !run.isStopped && (run.state !== 'over' || this.open.has(run.trial)),
          'stopped what has ended',
        );
        run.state = 'over';
        run.isStopped = true;
        this.open.delete(run.trial);
        const index = this.training.indexOf(run);
        if (index >= 0) this.training.splice(index, 1);
        return;
      }
      case 'completeSweep':
        demand(this.open.size === 0, `${String(this.open.size)} trials run at the end of the sweep`);
        for (const run of this.trials.values())
          demand(run.state === 'over', `trial ${String(run.trial)} is ${run.state} at the end of the sweep`);
        this.isComplete = true;
    }
  }

  private create({ trial, values, from, untilEpoch }: Create): void {
    demand(trial === this.trials.size + 1, `trial ${String(trial)} comes out of turn`);
    const run: Trial = {
      trial,
      values,
      from,
      state: 'training',
      isStopped: false,
      isRerun: false,
      epochs: this.trialEpochs(values),
      epoch: from?.epoch ?? 0,
      until: Infinity,
      pauses: [],
    };
    if (from) this.findCheckpoint(trial, from);
    this.trials.set(trial, run);
    this.begin(run, untilEpoch);
  }

  private begin(run: Trial, untilEpoch = Infinity): void {
    const name = `trial ${String(run.trial)}`;
    demand(
      untilEpoch > run.epoch,
      `${name} is at epoch ${String(run.epoch)} and cannot pause at ${String(untilEpoch)}`,
    );
    demand(
      untilEpoch === Infinity || (Number.isInteger(untilEpoch) && untilEpoch < run.epochs),
      `${name} goes too far`,
    );
    run.until = untilEpoch;
    this.open.add(run.trial);
    // Those that somebody asked for come on top.
    const ofSearch = [...this.open].filter((open) => !this.find(open).isRerun);
    demand(ofSearch.length <= this.maxConcurrent, `${String(this.open.size)} trials are open at once`);
    this.training.push(run);
  }

  private findCheckpoint(copy: number, { trial, epoch }: Origin): void {
    const kept = this.find(trial).pauses.slice(-2);
    demand(kept.includes(epoch), `the checkpoint that trial ${String(copy)} comes from is gone`);
  }

  private find(trial: number): Trial {
    const run = this.trials.get(trial);
    if (run === undefined) throw new Error(`trial ${String(trial)} was never created`);
    return run;
  }
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}
