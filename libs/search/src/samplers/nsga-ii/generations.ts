import type { History, Observation } from '../../history';
import type { Json } from '../../json';
import { isUsable, loadLosses, storeLosses, type StoredLosses } from '../../losses';
import type { Configuration } from '../../space/search-space';
import { furthestFirst } from '../furthest-first';
import { intervalsAdd, intervalsHave, type IntervalSet } from './interval-set';

/** A trial with what is known of it. */
type Member = Pick<Observation, 'trial' | 'values' | 'epoch' | 'losses'> & { readonly isComplete: boolean };

/**
 * The parents of the present generation, and the trials that have got a result since they were chosen. As soon as these
 * are a full generation, the best of both together become the next parents, as in Deb et al. 2002, section III-C;
 * until then children have the present parents. So no place waits for the last trial of a generation: what comes in
 * late counts with the generation in which it comes in.
 *
 * A trial has a result when it is complete, has ended early or has paused for the first time; complete ones rank
 * before all others, and these by how far they were trained. Failed ones take part in nothing but the count.
 */
export class Generations {
  /** Of the parents; 0 before the first are chosen. */
  generation: number;
  /** Best first. */
  private parentList: readonly Member[];
  private fresh: readonly Member[];
  /** Results since the parents were chosen, failed ones too. */
  private count: number;
  private taken: IntervalSet;

  constructor(
    private readonly populationSize: number,
    snapshot?: Json,
  ) {
    const stored = snapshot as Snapshot | undefined;
    this.generation = stored?.generation ?? 0;
    this.parentList = stored?.parents.map(load) ?? [];
    this.fresh = stored?.fresh.map(load) ?? [];
    this.count = stored?.count ?? 0;
    this.taken = stored?.taken ?? [];
  }

  /** Configurations of the parents, best first. */
  get parents(): readonly Configuration[] {
    return this.parentList.map(({ values }) => values);
  }

  /** Results that the present generation has. */
  get known(): number {
    return this.count;
  }

  /** Takes in what the history has that is new. */
  advance(history: History): void {
    const known = new Map<number, Member>();
    for (const observation of [...history.finished(), ...history.inFlight()]) {
      const { trial, values, state, epoch, losses } = observation;
      if (state === 'running') continue;
      if (isUsable(losses))
        known.set(trial, { trial, values, epoch, losses, isComplete: state === 'complete' });
      if (intervalsHave(this.taken, trial)) continue;
      this.taken = intervalsAdd(this.taken, trial);
      this.count++;
      const member = known.get(trial);
      if (member !== undefined) this.fresh = [...this.fresh, member];
    }
    const renewed = (member: Member) => known.get(member.trial) ?? member;
    this.fresh = this.fresh.map(renewed);
    if (this.count < this.populationSize) return;
    this.parentList = furthestFirst(
      [...this.parentList.map(renewed), ...this.fresh],
      ({ isComplete, epoch }) => (isComplete ? Infinity : epoch),
      this.populationSize,
    );
    this.fresh = [];
    this.count = 0;
    this.generation++;
  }

  snapshot(): Json {
    const { generation, count, taken } = this;
    return { generation, count, taken, parents: this.parentList.map(store), fresh: this.fresh.map(store) };
  }
}

interface Snapshot {
  readonly generation: number;
  readonly count: number;
  readonly taken: IntervalSet;
  readonly parents: readonly Stored[];
  readonly fresh: readonly Stored[];
}
type Stored = readonly [number, Configuration, number, StoredLosses, boolean];
const store = ({ trial, values, epoch, losses, isComplete }: Member): Json => [
  trial,
  values,
  epoch,
  storeLosses(losses),
  isComplete,
];
const load = ([trial, values, epoch, losses, isComplete]: Stored): Member => ({
  trial,
  values,
  epoch,
  losses: loadLosses(losses),
  isComplete,
});
