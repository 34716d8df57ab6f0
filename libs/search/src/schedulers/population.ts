import type { Origin } from '../events';
import type { Json } from '../json';
import type { Configuration } from '../space/search-space';
import { SortedTrials } from './sorted-trials';

/** A trial of the population. */
export interface Member {
  readonly values: Configuration;
  /** Of its last pause, or where it was copied from; 0 before. */
  epoch: number;
  /** How it did there, for the reason when it goes on; undefined while it trains. */
  waitsAs: string | undefined;
}

interface StoredPopulation {
  readonly members: readonly (readonly [
    trial: number,
    values: Configuration,
    epoch: number,
    waitsAs: string | null,
  ])[];
  readonly copies: readonly (readonly [copy: number, donor: number, epoch: number])[];
}

/**
 * Who is in the population, and who may go on. Workers keep the newest two pauses of a trial, so one that was copied may
 * train on to its next pause, but from there on only once its copies have begun.
 */
export class Population {
  private readonly members = new Map<number, Member>();
  /** All members by the epoch of their last pause. */
  private readonly byEpoch = new SortedTrials();
  /** Those that may go on, by epoch: who is behind goes first. */
  private readonly ready = new SortedTrials();
  /** Copies that have not trained yet, and what they come from. */
  private readonly copies: Map<number, Origin>;

  constructor(snapshot?: Json) {
    const { members = [], copies = [] } = (snapshot ?? {}) as Partial<StoredPopulation>;
    this.copies = new Map(copies.map(([copy, trial, epoch]) => [copy, { trial, epoch }]));
    for (const [trial, values, epoch, waitsAs] of members)
      this.put(trial, { values, epoch, waitsAs: waitsAs ?? undefined });
  }

  get(trial: number): Member | undefined {
    return this.members.get(trial);
  }

  /** Epoch of the last pause of the member that is furthest behind; Infinity without any. */
  get slowest(): number {
    return this.byEpoch.first()?.loss ?? Infinity;
  }

  begin(trial: number, values: Configuration, from?: Origin): void {
    if (from) this.copies.set(trial, from);
    this.put(trial, { values, epoch: from?.epoch ?? 0, waitsAs: undefined });
  }

  /** A copy that trains needs what it came from no longer. */
  trains(trial: number): void {
    const origin = this.copies.get(trial);
    if (origin === undefined) return;
    this.copies.delete(trial);
    const donor = this.members.get(origin.trial);
    if (donor) this.readyIfFree(origin.trial, donor);
  }

  waits(trial: number, member: Member, epoch: number, as: string): void {
    this.byEpoch.delete({ trial, loss: member.epoch });
    member.epoch = epoch;
    member.waitsAs = as;
    this.put(trial, member);
  }

  /** The member that goes on next. */
  next(): number | undefined {
    return this.ready.first()?.trial;
  }

  goOn(trial: number, member: Member): void {
    this.ready.delete({ trial, loss: member.epoch });
    member.waitsAs = undefined;
  }

  delete(trial: number): void {
    const member = this.members.get(trial);
    if (member === undefined) return;
    this.trains(trial);
    this.members.delete(trial);
    this.byEpoch.delete({ trial, loss: member.epoch });
    this.ready.delete({ trial, loss: member.epoch });
  }

  snapshot(): Json {
    return {
      members: [...this.members].map(([trial, { values, epoch, waitsAs }]) => [
        trial,
        values,
        epoch,
        waitsAs ?? null,
      ]),
      copies: [...this.copies].map(([copy, { trial, epoch }]) => [copy, trial, epoch]),
    };
  }

  private put(trial: number, member: Member): void {
    this.members.set(trial, member);
    this.byEpoch.add({ trial, loss: member.epoch });
    this.readyIfFree(trial, member);
  }

  private readyIfFree(trial: number, { epoch, waitsAs }: Member): void {
    const isHeld = [...this.copies.values()].some((from) => from.trial === trial && from.epoch < epoch);
    const entry = { trial, loss: epoch };
    if (waitsAs !== undefined && !isHeld && !this.ready.has(entry)) this.ready.add(entry);
  }
}
