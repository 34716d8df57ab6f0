import type { Json } from './json';
import { loadLosses, storeLosses, type Losses, type StoredLosses } from './losses';
import { bestFirst } from './pareto-order';
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
 * What samplers learn from: the trials that run, and of those that are paused and those that have ended the best and the
 * newest, 1,250 of each at the most. Its size is bounded by that and the places of the sweep, and with it the time of a
 * decision, however many trials a sweep has had.
 */
export class History {
  private readonly running = new Map<number, Observation>();
  /** In order of their pause. */
  private paused = new Map<number, Observation>();
  /** In order of their end. */
  private ended: Observation[] = [];

  constructor(private readonly limits: HistoryLimits = DEFAULT_LIMITS) {}

  /** Trials that run, in order of their beginning or going on; then those that are paused, in order of their pause. */
  inFlight(): readonly Observation[] {
    return [...this.running.values(), ...this.paused.values()];
  }

  /** Trials that have ended, in order of their end. */
  finished(): readonly Observation[] {
    return this.ended;
  }

  set(observation: Observation): void {
    const { trial, state } = observation;
    if (state === 'running') {
      this.paused.delete(trial);
      this.running.set(trial, observation);
      return;
    }
    this.running.delete(trial);
    this.paused.delete(trial);
    if (state === 'paused') {
      this.paused.set(trial, observation);
      if (this.isFull(this.paused.size))
        this.paused = byTrial(bestAndNewest([...this.paused.values()], this.limits));
    } else {
      this.ended.push(observation);
      if (this.isFull(this.ended.length)) this.ended = bestAndNewest(this.ended, this.limits);
    }
  }

  /** A trial that had ended is to have another result; the one it had is forgotten. */
  reopen(trial: number): void {
    this.ended = this.ended.filter((observation) => observation.trial !== trial);
  }

  /** Observations are dropped in blocks, so that the cost of choosing is spread over many trials. */
  private isFull(count: number): boolean {
    return count >= 1.25 * (this.limits.best + this.limits.recent);
  }

  snapshot(): Json {
    const store = ({ trial, values, state, epoch, losses }: Observation): Json => [
      trial,
      values,
      state,
      epoch,
      storeLosses(losses),
    ];
    return {
      running: [...this.running.values()].map(store),
      paused: [...this.paused.values()].map(store),
      ended: this.ended.map(store),
    };
  }

  restore(snapshot: Json): this {
    const { running, paused, ended } = snapshot as Record<'running' | 'paused' | 'ended', readonly Stored[]>;
    for (const observation of running.map(load)) this.running.set(observation.trial, observation);
    this.paused = byTrial(paused.map(load));
    this.ended = ended.map(load);
    return this;
  }
}

/** The best, of several objectives those of the first fronts, and the newest others, in their order. */
export function bestAndNewest(
  observations: readonly Observation[],
  { best, recent }: HistoryLimits,
): Observation[] {
  const kept = new Set(bestFirst(observations).slice(0, best));
  const others = observations.filter((observation) => !kept.has(observation));
  for (const observation of others.slice(-recent)) kept.add(observation);
  return observations.filter((observation) => kept.has(observation));
}

const byTrial = (observations: readonly Observation[]) =>
  new Map(observations.map((observation) => [observation.trial, observation]));

type Stored = readonly [number, Configuration, ObservationState, number, StoredLosses];
const load = ([trial, values, state, epoch, losses]: Stored): Observation => ({
  trial,
  values,
  state,
  epoch,
  losses: loadLosses(losses),
});
