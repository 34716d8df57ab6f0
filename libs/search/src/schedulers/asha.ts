import { objectivesOf } from '@fathom/contracts';
import type { Json } from '../json';
import { unusableLosses, type Losses } from '../losses';
import type { Configuration } from '../space/search-space';
import { Comparison } from './comparison';
import { Ladder, type StoredLadder } from './ladder';
import { goOnInWords, standingInWords } from './reasons';
import type { Dropped } from './rung';
import { promotionRungs } from './rung-epochs';
import type { PauseVerdict, Places, Scheduler, SchedulerSetup, Stop, Wish } from './scheduler';
import { checkRungs } from './scheduler-rules';

interface Member {
  readonly ladder: Ladder;
  readonly pace: number;
  /** Index of the rung that it waits at or is on its way to; beyond the last: on its way to its last epoch. */
  rung: number;
  isWaiting: boolean;
}

interface Snapshot {
  readonly begun: number;
  readonly ladders: readonly StoredLadder[];
  readonly members: readonly (readonly [
    trial: number,
    ladder: number,
    rung: number,
    isWaiting: boolean,
    pace: number,
  ])[];
  readonly comparison: Json;
}

/**
 * Successive halving by asynchronous promotion (Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning",
 * algorithm 2). Every trial pauses at each rung. A free place goes on with the best trial that waits in the top
 * floor(n / eta) of the n trials which have come to its rung, in the highest rung that has one; where none has, it
 * begins a new trial.
 *
 * The paper's search never ends; ours does. When no more trials can come to a rung, ceil(n / eta) of it go on, so that
 * of those that are compared with each other at least one is trained to its end. Trials whose turn can never come,
 * however badly the rest turn out, are stopped as soon as that is certain: their checkpoints need not be kept.
 *
 * A decision costs O(groups · rungs · log n). The state holds the trials that have not ended and, of each rung, those
 * that may still go on and those that have: both together at most planned / eta, rounded up. With several objectives a
 * rung holds the newest 256 that came, and is ranked anew after each arrival.
 *
 * @throws SearchSpecError where it does not fit the rest of the spec
 */
export const asha = (setup: SchedulerSetup<'asha'>, snapshot?: Json): Scheduler => {
  checkRungs(setup);
  return new Asha(setup, snapshot as Snapshot | undefined);
};

class Asha implements Scheduler {
  private readonly rungs: readonly number[];
  private readonly objectives: number;
  private readonly comparison: Comparison;
  private readonly ladders = new Map<string, Ladder>();
  private readonly members = new Map<number, Member>();
  private begun: number;

  constructor(
    private readonly setup: SchedulerSetup<'asha'>,
    snapshot?: Snapshot,
  ) {
    const { settings, epochs, spec } = setup;
    this.rungs = promotionRungs(settings.minEpochs, settings.eta, epochs);
    this.objectives = objectivesOf(spec).length;
    this.comparison = new Comparison(settings.compare, setup, snapshot?.comparison);
    this.begun = snapshot?.begun ?? 0;
    const ladders = snapshot?.ladders.map((stored) => this.addLadder(stored.name, stored)) ?? [];
    for (const [trial, index, rung, isWaiting, pace] of snapshot?.members ?? []) {
      const ladder = ladders[index];
      if (ladder) this.members.set(trial, { ladder, rung, isWaiting, pace });
    }
  }

  next({ canBegin }: Places): Wish {
    let best: ReturnType<Ladder['candidate']>;
    for (const ladder of this.ladders.values()) {
      const candidate = ladder.candidate(!canBegin);
      if (candidate && (best === undefined || candidate.index > best.index)) best = candidate;
    }
    if (best !== undefined) return this.promote(best.trial);
    if (!canBegin) return { type: 'wait' };
    const untilEpoch = (values: Configuration) =>
      this.rungsAt(this.comparison.paceOf(values))[0] ?? this.setup.epochs;
    return { type: 'begin', untilEpoch };
  }

  began(trial: number, values: Configuration): void {
    const name = this.comparison.groupOf(values);
    const ladder = this.ladders.get(name) ?? this.addLadder(name);
    this.begun++;
    ladder.setOut(0);
    this.members.set(trial, { ladder, rung: 0, isWaiting: false, pace: this.comparison.paceOf(values) });
  }

  reported(trial: number, epoch: number, losses: Losses): readonly Stop[] {
    this.comparison.reported(trial, epoch, losses);
    return [];
  }

  paused(trial: number, epoch: number, losses: Losses): PauseVerdict {
    this.comparison.reported(trial, epoch, losses);
    const member = this.members.get(trial);
    if (member === undefined) return { reason: 'not asked for', stops: [] };
    const score = this.comparison.scoreOf(trial, losses);
    this.comparison.rests(trial);
    member.isWaiting = true;
    const { ladder, rung } = member;
    const stops = ladder.arrive(rung, trial, score, this.unbegun).map((dropped) => this.stop(dropped));
    const own = stops.find((stop) => stop.trial === trial);
    if (own) return { reason: own.reason, stops };
    const quota = ladder.quota(ladder.rungs[rung]?.compared ?? 0, false);
    const goOn = quota === 0 ? 'none goes on yet' : goOnInWords(quota);
    return { reason: `waits at epoch ${String(epoch)}: ${this.standing(trial, member)}, ${goOn}`, stops };
  }

  completed(trial: number): readonly Stop[] {
    return this.ended(trial);
  }

  ended(trial: number): readonly Stop[] {
    const member = this.members.get(trial);
    if (member === undefined) return [];
    const { ladder, rung, isWaiting } = member;
    if (isWaiting) ladder.rungs[rung]?.leave(trial);
    const dropped = isWaiting
      ? []
      : ladder.arrive(rung, trial, unusableLosses(this.objectives), this.unbegun);
    const stops = dropped.filter((other) => other.trial !== trial).map((other) => this.stop(other));
    this.members.delete(trial);
    this.comparison.ended(trial);
    return stops;
  }

  leftOver(trial: number): string {
    const member = this.members.get(trial);
    return member === undefined
      ? 'the sweep has ended'
      : `stays at epoch ${this.epochOf(member)}: ${this.standing(trial, member)}`;
  }

  snapshot(): Json {
    const ladders = [...this.ladders.values()];
    const indices = new Map(ladders.map((ladder, index) => [ladder, index]));
    return {
      begun: this.begun,
      ladders: ladders.map((ladder) => ladder.snapshot()),
      members: [...this.members].map(([trial, { ladder, rung, isWaiting, pace }]) => [
        trial,
        indices.get(ladder) ?? 0,
        rung,
        isWaiting,
        pace,
      ]),
      comparison: this.comparison.snapshot(),
    };
  }

  private promote(trial: number): Wish {
    const member = this.members.get(trial);
    if (member === undefined) throw new Error(`trial ${String(trial)} waits at a rung but is not known`);
    const { ladder, pace } = member;
    const standing = this.standing(trial, member);
    const from = this.epochOf(member);
    ladder.rungs[member.rung]?.leave(trial);
    member.rung++;
    member.isWaiting = false;
    ladder.setOut(member.rung);
    const until = this.rungsAt(pace)[member.rung];
    return {
      type: 'resume',
      trial,
      ...(until === undefined ? {} : { untilEpoch: until }),
      reason: `promoted from epoch ${from} to ${String(until ?? this.setup.epochs)}: ${standing}`,
    };
  }

  /** A trial that can never go on is ended. */
  private stop({ trial, losses, why }: Dropped): Stop {
    const member = this.members.get(trial);
    const epoch = member === undefined ? '' : ` at epoch ${this.epochOf(member)}`;
    return {
      trial,
      reason: `ends${epoch}: ${losses === undefined ? '' : `${this.comparison.inWords(losses)} `}${why}`,
    };
  }

  private standing(trial: number, { ladder, rung: index }: Member): string {
    const rung = ladder.rungs[index];
    const losses = rung?.lossesOf(trial);
    if (rung === undefined || losses === undefined) return 'no usable number';
    return `${this.comparison.inWords(losses)} is ${standingInWords(rung.standingOf(trial), ladder.name)}`;
  }

  private epochOf({ pace, rung }: Member): string {
    return String(this.rungsAt(pace)[rung] ?? this.setup.epochs);
  }

  private rungsAt(pace: number): readonly number[] {
    return this.comparison.rungsOf(this.rungs, pace);
  }

  private get unbegun(): number {
    return Math.max(0, this.setup.plannedTrials - this.begun);
  }

  private addLadder(name: string, stored?: StoredLadder): Ladder {
    const ladder = new Ladder(stored ?? name, this.rungs.length, this.objectives, this.setup.settings.eta);
    this.ladders.set(name, ladder);
    return ladder;
  }
}
