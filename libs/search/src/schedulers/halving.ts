import type { Json } from '../json';
import { isUsable, loadLosses, storeLosses, type Losses, type StoredLosses } from '../losses';
import { bestFirst } from '../pareto-order';
import type { Standing } from './rung';

/** What a bracket has to know of a trial. */
export interface Member {
  readonly trial: number;
  readonly group: string;
  readonly pace: number;
}

interface Arrival extends Member {
  readonly losses: Losses;
  /** Whether it waits, and has not ended by itself. */
  readonly isOpen: boolean;
}

/** A trial that came to a rung, and how it did there. */
export interface Judged extends Arrival {
  readonly standing: Standing;
  /** How many of its group go on. */
  readonly quota: number;
  readonly goesOn: boolean;
}

type StoredMember = readonly [trial: number, group: string, pace: number];

export interface StoredHalving {
  readonly number: number;
  readonly begun: number;
  readonly rung: number;
  readonly coming: readonly StoredMember[];
  readonly arrivals: readonly (readonly [...StoredMember, StoredLosses, isOpen: boolean])[];
  readonly survivors: readonly StoredMember[];
}

/**
 * Successive halving of one bracket, rung by rung: when the last trial has come, of each group of n (those that crashed
 * on the way included) the best ceil(n / eta) go on.
 */
export class Halving {
  readonly number: number;
  begun: number;
  /** Index of the rung that its trials are on the way to; beyond the last one: to the last epoch. */
  rung: number;
  private readonly coming: Map<number, Member>;
  private arrivals: Arrival[];
  /** Passed the rung before and wait for a place, the best first. */
  private survivors: readonly Member[];

  constructor(from: number | StoredHalving) {
    const stored: StoredHalving =
      typeof from === 'number'
        ? { number: from, begun: 0, rung: 0, coming: [], arrivals: [], survivors: [] }
        : from;
    this.number = stored.number;
    this.begun = stored.begun;
    this.rung = stored.rung;
    this.coming = new Map(stored.coming.map((member) => [member[0], load(member)]));
    this.arrivals = stored.arrivals.map(([trial, group, pace, losses, isOpen]) => ({
      ...load([trial, group, pace]),
      losses: loadLosses(losses),
      isOpen,
    }));
    this.survivors = stored.survivors.map(load);
  }

  begin(member: Member): void {
    this.begun++;
    this.coming.set(member.trial, member);
  }

  /** The best of those that passed the last rung is on its way again. */
  goOn(): Member | undefined {
    const [best, ...rest] = this.survivors;
    this.survivors = rest;
    if (best) this.coming.set(best.trial, best);
    return best;
  }

  /** A trial has come to the rung. */
  arrive(trial: number, losses: Losses): void {
    const member = this.coming.get(trial);
    if (member === undefined) return;
    this.coming.delete(trial);
    this.arrivals.push({ ...member, losses, isOpen: true });
  }

  /** A trial has ended by itself. It counts as one that came to the rung, and as the worst. */
  end(trial: number, unusable: Losses): void {
    this.arrive(trial, unusable);
    const survivor = this.survivors.find((member) => member.trial === trial);
    if (survivor) this.arrivals.push({ ...survivor, losses: unusable, isOpen: false });
    this.survivors = this.survivors.filter((member) => member !== survivor);
    this.arrivals = this.arrivals.map((arrival) =>
      arrival.trial === trial ? { ...arrival, losses: unusable, isOpen: false } : arrival,
    );
  }

  /** Trials that have come to the rung. */
  get arrived(): number {
    return this.arrivals.length;
  }

  /** Those, and the ones that are still to come. */
  get expected(): number {
    return this.arrivals.length + this.coming.size + this.survivors.length;
  }

  /** Trials that have not ended. */
  openTrials(): number[] {
    const waiting = this.arrivals.filter(({ isOpen }) => isOpen);
    return [...waiting, ...this.coming.values(), ...this.survivors].map(({ trial }) => trial);
  }

  /** Whether nobody is on the way to the rung any more, given that nobody begins. */
  get hasAll(): boolean {
    return this.coming.size === 0 && this.survivors.length === 0;
  }

  /** All have come: the best go on to the next rung. */
  judge(eta: number): readonly Judged[] {
    const groups = new Map<string, typeof this.arrivals>();
    for (const arrival of this.arrivals) {
      const group = groups.get(arrival.group);
      if (group) group.push(arrival);
      else groups.set(arrival.group, [arrival]);
    }
    const judged = [...groups.values()].flatMap((group) => {
      const quota = Math.ceil(group.length / eta);
      return bestFirst(group).map((arrival, place): Judged => {
        const isRanked = isUsable(arrival.losses);
        const standing = { rank: isRanked ? place + 1 : undefined, of: group.length };
        return { ...arrival, standing, quota, goesOn: isRanked && place < quota };
      });
    });
    this.arrivals = [];
    this.rung++;
    this.survivors = judged.filter(({ goesOn }) => goesOn);
    return judged;
  }

  snapshot(): Json {
    return {
      number: this.number,
      begun: this.begun,
      rung: this.rung,
      coming: [...this.coming.values()].map(store),
      arrivals: this.arrivals.map((arrival) => [
        ...store(arrival),
        storeLosses(arrival.losses),
        arrival.isOpen,
      ]),
      survivors: this.survivors.map(store),
    };
  }
}

const store = ({ trial, group, pace }: Member): StoredMember => [trial, group, pace];
const load = ([trial, group, pace]: StoredMember): Member => ({ trial, group, pace });
