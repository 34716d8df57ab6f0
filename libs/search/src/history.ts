import type { Json } from './json';
import { loadLosses, storeLosses, type Losses, type StoredLosses } from './losses';
import type { Configuration } from './space/search-space';

/**
 * running: no result yet, or only those of epochs so far. paused: waits at a rung. complete: trained to its end.
 * stopped: ended early, with a result. failed: ended without a usable result.
 */
export type ObservationState = 'running' | 'paused' | 'complete' | 'stopped' | 'failed';

/** What is known of one trial. */
export interface Observation {
  /** 0 and below: imported from other sweeps. */
  readonly trial: number;
  readonly values: Configuration;
  readonly state: ObservationState;
  /** Epochs trained; 0 before the first report. */
  readonly epoch: number;
  /** As of that epoch; all Infinity before the first report. */
  readonly losses: Losses;
}

export interface HistoryLimits {
  /** So many of the best are kept, whatever their age. */
  readonly best: number;
  /** So many of the newest others are kept. */
  readonly recent: number;
}

/** Enough for every model: none gains from more, and each costs time with every decision. */
const DEFAULT_LIMITS: HistoryLimits = { best: 100, recent: 900 };

/**
 * What samplers learn from: all trials in flight, and of those that have ended the best and the newest. Its size is
 * bounded, and with it the time of a decision, however many trials a sweep has had.
 */
export class History {
  private readonly open = new Map<number, Observation>();
  /** In order of their end. */
  private ended: Observation[] = [];

  constructor(private readonly limits: HistoryLimits = DEFAULT_LIMITS) {}

  /** Trials that run or are paused, oldest first. */
  inFlight(): readonly Observation[] {
    return [...this.open.values()];
  }

  /** Trials that have ended, in order of their end. */
  finished(): readonly Observation[] {
    return this.ended;
  }

  set(observation: Observation): void {
    if (observation.state === 'running' || observation.state === 'paused') {
      this.open.set(observation.trial, observation);
      return;
    }
    this.open.delete(observation.trial);
    this.ended.push(observation);
    // Dropped in blocks, so that the cost of choosing is spread over many trials.
    const { best, recent } = this.limits;
    if (this.ended.length >= 1.25 * (best + recent)) this.ended = this.kept();
  }

  private kept(): Observation[] {
    const { best, recent } = this.limits;
    const byLoss = this.ended
      .map((observation, index) => ({ observation, index }))
      .sort((a, b) => (a.observation.losses[0] ?? 0) - (b.observation.losses[0] ?? 0) || a.index - b.index);
    const keep = new Set(byLoss.slice(0, best).map(({ observation }) => observation));
    const others = this.ended.filter((observation) => !keep.has(observation)).slice(-recent);
    for (const observation of others) keep.add(observation);
    return this.ended.filter((observation) => keep.has(observation));
  }

  snapshot(): Json {
    const store = ({ trial, values, state, epoch, losses }: Observation): Json => [
      trial,
      values as Json,
      state,
      epoch,
      storeLosses(losses),
    ];
    return { open: this.inFlight().map(store), ended: this.ended.map(store) };
  }

  restore(snapshot: Json): this {
    const { open, ended } = snapshot as { readonly open: readonly Stored[]; readonly ended: readonly Stored[] };
    for (const observation of open.map(load)) this.open.set(observation.trial, observation);
    this.ended = ended.map(load);
    return this;
  }
}

type Stored = readonly [number, Configuration, ObservationState, number, StoredLosses];
const load = ([trial, values, state, epoch, losses]: Stored): Observation => ({
  trial,
  values,
  state,
  epoch,
  losses: loadLosses(losses),
});
