import type { Json } from './json';
import { loadLosses, storeLosses, type Losses, type StoredLosses } from './losses';
import type { Configuration } from './space/search-space';

/** A trial that has not ended. */
export interface OpenTrial {
  /** null where no one learns from it. */
  readonly values: Configuration | null;
  readonly isPaused: boolean;
  readonly epoch: number;
  /** Where its present segment ends; undefined: with its training. */
  readonly untilEpoch: number | undefined;
  /** Of the last epoch that was reported; Infinity before the first. */
  readonly losses: Losses;
  /** Another attempt at one that had ended: the scheduler knows nothing of it. */
  readonly isRerun: boolean;
}

/** The trials of a sweep that have not ended. */
export class OpenTrials {
  private readonly trials = new Map<number, OpenTrial>();
  private pausedCount = 0;
  private rerunCount = 0;

  /** @param keepsValues whether the values of the trials are kept */
  constructor(
    private readonly keepsValues: boolean,
    snapshot?: Json,
  ) {
    for (const [trial, isPaused, epoch, until, losses, values, rerun] of (snapshot ??
      []) as readonly Stored[]) {
      const untilEpoch = until ?? undefined;
      const isRerun = rerun === true;
      this.trials.set(trial, { values, isPaused, epoch, untilEpoch, losses: loadLosses(losses), isRerun });
      if (isPaused) this.pausedCount++;
      if (isRerun) this.rerunCount++;
    }
  }

  /** Trials that are queued or run. */
  get running(): number {
    return this.trials.size - this.pausedCount;
  }

  /** Of these the ones that the scheduler knows of. */
  get scheduled(): number {
    return this.running - this.rerunCount;
  }

  get(trial: number): OpenTrial | undefined {
    return this.trials.get(trial);
  }

  /** Numbers of the paused trials, in the order of their beginning. */
  paused(): number[] {
    return [...this.trials].flatMap(([trial, { isPaused }]) => (isPaused ? [trial] : []));
  }

  add(
    trial: number,
    { values, ...rest }: Omit<OpenTrial, 'values' | 'isPaused'> & { readonly values: Configuration },
  ): void {
    if (rest.isRerun) this.rerunCount++;
    const kept = this.keepsValues ? values : null;
    this.trials.set(trial, { values: kept, isPaused: false, ...rest });
  }

  advance(trial: number, epoch: number, losses: Losses, isPaused: boolean): void {
    const before = this.demand(trial);
    this.trials.set(trial, { ...before, epoch, losses, isPaused });
    this.pausedCount += Number(isPaused) - Number(before.isPaused);
  }

  /** @throws Error for a trial that is not paused: a scheduler may not resume it */
  resume(trial: number, untilEpoch: number | undefined): void {
    const before = this.demand(trial);
    if (!before.isPaused) throw new Error(`trial ${String(trial)} is not paused and cannot be resumed`);
    this.trials.set(trial, { ...before, untilEpoch, isPaused: false });
    this.pausedCount--;
  }

  delete(trial: number): void {
    const { isPaused, isRerun } = this.demand(trial);
    if (isPaused) this.pausedCount--;
    if (isRerun) this.rerunCount--;
    this.trials.delete(trial);
  }

  snapshot(): Json {
    return [...this.trials].map(([trial, { isPaused, epoch, untilEpoch, losses, values, isRerun }]): Json => [
      trial,
      isPaused,
      epoch,
      untilEpoch ?? null,
      storeLosses(losses),
      values as Json,
      ...(isRerun ? [true] : []),
    ]);
  }

  private demand(trial: number): OpenTrial {
    const found = this.trials.get(trial);
    if (found === undefined) throw new Error(`trial ${String(trial)} is not open`);
    return found;
  }
}

type Stored = readonly [
  ...[number, boolean, number, number | null, StoredLosses, Configuration | null],
  isRerun?: boolean,
];
