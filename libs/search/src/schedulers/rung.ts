import type { Json } from '../json';
import { isUsable, loadLosses, storeLosses, type Losses, type StoredLosses } from '../losses';
import { ParetoOrder } from '../pareto-order';
import { ForgottenTrials, type StoredForgotten } from './forgotten-trials';
import { compareEntries, SortedTrials, type Entry } from './sorted-trials';

/** How a trial did at a rung. */
export interface Standing {
  /** 1 is the best; undefined: worse than every trial that can still go on, or without a usable number. */
  readonly rank: number | undefined;
  /** Trials it is compared with, itself included. */
  readonly of: number;
  /** Set where the rank may be better: how it stands to trials that the rung has forgotten is not known. */
  readonly isAtWorst?: true;
}

/** A trial that can never go on from a rung, and why, in words that follow its value. */
export interface Dropped {
  readonly trial: number;
  /** Undefined: no usable number. */
  readonly losses: Losses | undefined;
  readonly why: string;
  /** As in {@link Standing}. */
  readonly isAtWorst?: true;
}

/**
 * The trials that have got to a rung. Those that came without a usable number count as worst. A trial waits here until
 * it goes on or ends; its result stays.
 */
export interface Rung {
  /** Trials that the next ones are compared with. */
  readonly compared: number;
  /** Trials that wait to go on. */
  readonly waiting: number;
  /**
   * @param capacity of the trials that may still come, and those that have, never more than so many will go on
   * @returns the trials, this one perhaps among them, that can never go on from here and wait no longer
   */
  arrive(trial: number, losses: Losses, capacity: number): readonly Dropped[];
  /** @returns of a trial that has come: how it stands now */
  standingOf(trial: number): Standing;
  /** What a trial that has come was ranked by; undefined where it was forgotten. */
  lossesOf(trial: number): Losses | undefined;
  /** The best trials that came, whether they wait or not. */
  best(count: number): readonly number[];
  /** The best of those that wait, if it is surely among the best `quota` of all. */
  candidate(quota: number): number | undefined;
  /** The trial waits no longer. */
  leave(trial: number): void;
  snapshot(): Json;
}

export const createRung = (objectives: number, snapshot?: Json): Rung =>
  objectives === 1
    ? new RankedRung(snapshot as RankedSnapshot | undefined)
    : new ParetoRung(snapshot as ParetoSnapshot | undefined);

const withoutNumber = (trial: number): Dropped => ({ trial, losses: undefined, why: 'no usable number' });

interface RankedSnapshot {
  readonly arrived: number;
  readonly waiting: readonly (readonly [trial: number, loss: number])[];
  readonly left: readonly (readonly [trial: number, loss: number])[];
  /** Absent in those that were written before the forgotten trials were counted. */
  readonly forgotten?: StoredForgotten;
}

/**
 * A rung of one objective. Every call takes O(log n), `best` for each trial it gives. It remembers no more trials than
 * may ever go on from it (the capacity): with so many better ones a trial's turn cannot come any more, for its rank only
 * gets worse.
 *
 * After an extension its turn might have come, and a trial that is worse than the best of the forgotten is ranked behind
 * all of them: it goes on only where it is surely good enough.
 */
class RankedRung implements Rung {
  compared: number;
  /** Undefined: of an old snapshot, before the next trial comes. */
  private forgotten: ForgottenTrials | undefined;
  private readonly waitingTrials = new SortedTrials();
  private readonly leftTrials = new SortedTrials();
  private readonly losses = new Map<number, number>();

  constructor(snapshot?: RankedSnapshot) {
    this.compared = snapshot?.arrived ?? 0;
    if (snapshot === undefined || snapshot.forgotten !== undefined)
      this.forgotten = new ForgottenTrials(snapshot?.forgotten);
    for (const [trial, loss] of snapshot?.waiting ?? []) this.remember(this.waitingTrials, { trial, loss });
    for (const [trial, loss] of snapshot?.left ?? []) this.remember(this.leftTrials, { trial, loss });
  }

  get waiting(): number {
    return this.waitingTrials.size;
  }

  arrive(trial: number, losses: Losses, capacity: number): readonly Dropped[] {
    const forgotten = (this.forgotten ??= this.missing(capacity));
    this.compared++;
    const [loss] = losses;
    if (loss === undefined || !Number.isFinite(loss)) return [withoutNumber(trial)];
    this.remember(this.waitingTrials, { trial, loss });
    const dropped: Dropped[] = [];
    for (let worst = this.worst(); worst !== undefined; worst = this.worst()) {
      const before = forgotten.before(worst);
      if (this.losses.size + before <= capacity) break;
      const isAtWorst = this.losses.size <= capacity;
      forgotten.add(worst, capacity);
      this.losses.delete(worst.trial);
      if (this.leftTrials.delete(worst)) continue;
      this.waitingTrials.delete(worst);
      const why =
        `is not ${isAtWorst ? 'surely ' : ''}among the best ${String(capacity)} of ${String(this.compared)}` +
        `${isAtWorst ? `, of which ${String(before)} are forgotten` : ''}, and no more can go on`;
      const { trial, loss } = worst;
      dropped.push({ trial, losses: [loss], why, ...(isAtWorst && { isAtWorst }) });
    }
    return dropped;
  }

  standingOf(trial: number): Standing {
    const loss = this.losses.get(trial);
    if (loss === undefined) return { rank: undefined, of: this.compared };
    const entry = { trial, loss };
    const remembered = this.waitingTrials.countBefore(entry) + this.leftTrials.countBefore(entry);
    const forgotten = this.forgotten?.before(entry) ?? 0;
    const rank = remembered + forgotten + 1;
    return { rank, of: this.compared, ...(forgotten > 0 && { isAtWorst: true }) };
  }

  lossesOf(trial: number): Losses | undefined {
    const loss = this.losses.get(trial);
    return loss === undefined ? undefined : [loss];
  }

  best(count: number): readonly number[] {
    const first = (trials: SortedTrials) =>
      Array.from({ length: count }, (_, i) => trials.at(i) ?? []).flat();
    return [...first(this.waitingTrials), ...first(this.leftTrials)]
      .sort(compareEntries)
      .slice(0, count)
      .map(({ trial }) => trial);
  }

  candidate(quota: number): number | undefined {
    const best = this.waitingTrials.first();
    if (best === undefined) return undefined;
    // Of those that wait it is the first, so that only trials which have left or are forgotten stand before it.
    const before = this.leftTrials.countBefore(best) + (this.forgotten?.before(best) ?? 0);
    return before < quota ? best.trial : undefined;
  }

  leave(trial: number): void {
    const loss = this.losses.get(trial);
    if (loss !== undefined && this.waitingTrials.delete({ trial, loss }))
      this.leftTrials.add({ trial, loss });
  }

  snapshot(): Json {
    const pairs = (trials: SortedTrials) => [...trials].map(({ trial, loss }) => [trial, loss]);
    return {
      arrived: this.compared,
      waiting: pairs(this.waitingTrials),
      left: pairs(this.leftTrials),
      ...(this.forgotten && { forgotten: this.forgotten.snapshot() }),
    };
  }

  private worst(): Entry | undefined {
    const [waits, left] = [this.waitingTrials.last(), this.leftTrials.last()];
    return waits === undefined || (left !== undefined && compareEntries(left, waits) > 0) ? left : waits;
  }

  /**
   * Of an old snapshot. Before the sweep is extended, none is forgotten before there are as many as can go on, and all that
   * are stand behind those that are remembered. Those without a number are counted too, as they cannot be told apart.
   */
  private missing(capacity: number): ForgottenTrials {
    const forgotten = new ForgottenTrials();
    const [worst, count] = [this.worst(), this.compared - this.losses.size];
    if (worst !== undefined && count > 0 && this.losses.size >= capacity)
      forgotten.add(worst, capacity, count);
    return forgotten;
  }

  private remember(where: SortedTrials, entry: Entry): void {
    where.add(entry);
    this.losses.set(entry.trial, entry.loss);
  }
}

/** How many trials a rung of several objectives compares. */
export const PARETO_WINDOW = 256;

interface Arrival {
  readonly trial: number;
  readonly losses: Losses;
  isWaiting: boolean;
}

type ParetoSnapshot = readonly (readonly [number, StoredLosses, boolean])[];

/**
 * A rung of several objectives, ranked by non-domination and then by the room a trial has in its front. As one arrival
 * can change the rank of all others, only the newest {@link PARETO_WINDOW} are compared, which bounds the time of a
 * decision; a trial that has waited for so many others to come waits no longer.
 */
class ParetoRung implements Rung {
  private readonly arrivals: Arrival[];
  private readonly order = new ParetoOrder<Arrival>();

  constructor(snapshot: ParetoSnapshot = []) {
    this.arrivals = snapshot.map(([trial, losses, isWaiting]) => ({
      trial,
      losses: loadLosses(losses),
      isWaiting,
    }));
    for (const arrival of this.arrivals) this.order.add(arrival);
  }

  get compared(): number {
    return this.arrivals.length;
  }

  get waiting(): number {
    return this.arrivals.filter(({ isWaiting }) => isWaiting).length;
  }

  arrive(trial: number, losses: Losses): readonly Dropped[] {
    const isWaiting = isUsable(losses);
    const arrival = { trial, losses, isWaiting };
    this.arrivals.push(arrival);
    this.order.add(arrival);
    const dropped = isWaiting ? [] : [withoutNumber(trial)];
    const oldest = this.arrivals.length > PARETO_WINDOW ? this.arrivals.shift() : undefined;
    if (oldest) this.order.delete(oldest);
    if (oldest?.isWaiting !== true) return dropped;
    const why = `has waited while ${String(PARETO_WINDOW)} others came`;
    return [...dropped, { trial: oldest.trial, losses: oldest.losses, why }];
  }

  standingOf(trial: number): Standing {
    const found = this.find(trial);
    const isRanked = found !== undefined && isUsable(found.losses);
    return { rank: isRanked ? this.order.bestFirst().indexOf(found) + 1 : undefined, of: this.compared };
  }

  lossesOf(trial: number): Losses | undefined {
    return this.find(trial)?.losses;
  }

  best(count: number): readonly number[] {
    const best = this.order.bestFirst().slice(0, count);
    return best.filter(({ losses }) => isUsable(losses)).map(({ trial }) => trial);
  }

  candidate(quota: number): number | undefined {
    return this.order
      .bestFirst()
      .slice(0, quota)
      .find(({ isWaiting }) => isWaiting)?.trial;
  }

  leave(trial: number): void {
    const found = this.find(trial);
    if (found) found.isWaiting = false;
  }

  snapshot(): Json {
    return this.arrivals.map(({ trial, losses, isWaiting }) => [trial, storeLosses(losses), isWaiting]);
  }

  private find(trial: number): Arrival | undefined {
    return this.arrivals.find((arrival) => arrival.trial === trial);
  }
}
