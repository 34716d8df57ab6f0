import { objectivesOf } from '@fathom/contracts';
import type { Json } from '../json';
import { unusableLosses, type Losses } from '../losses';
import type { Configuration } from '../space/search-space';
import { Comparison } from './comparison';
import { Halving, type Judged, type Member, type StoredHalving } from './halving';
import { goOnInWords, standingInWords } from './reasons';
import { hyperbandBrackets, type Bracket } from './rung-epochs';
import type { PauseVerdict, Places, Scheduler, SchedulerSetup, Stop, Wish } from './scheduler';
import { checkRungs } from './scheduler-rules';

interface Snapshot {
  readonly begun: number;
  readonly started: number;
  readonly open: readonly StoredHalving[];
  readonly promotions: readonly (readonly [trial: number, reason: string])[];
  readonly comparison: Json;
}

/**
 * Hyperband (Li et al. 2018, "Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization", algorithm 1) with
 * integer brackets. In a bracket all trials train to the rung and pause; when the last of n has come, the best
 * ceil(n / eta) go on from their checkpoints and the others end. Survivors are rounded up, as in Ray Tune and KerasTuner.
 * Brackets are filled in order, the one with the lowest rung first; while one waits, the next begins. With more trials
 * than one pass has, the table repeats; the last bracket goes on with what it has.
 *
 * Trials are compared within their bracket, and there with those of their group, each of which keeps the best
 * ceil(n / eta) of its n. The state holds the trials of brackets that have not ended, no more than fit into the brackets
 * that are open. Ranking a rung takes O(n log n) of its trials, with three or more objectives O(n²), once for each rung.
 *
 * @throws SearchSpecError where it does not fit the rest of the spec
 */
export const hyperband = (setup: SchedulerSetup<'hyperband'>, snapshot?: Json): Scheduler => {
  checkRungs(setup);
  return new Hyperband(setup, snapshot as Snapshot | undefined);
};

class Hyperband implements Scheduler {
  private readonly table: readonly Bracket[];
  private readonly comparison: Comparison;
  /** In order of their beginning. */
  private open: Halving[];
  private readonly bracketOf = new Map<number, Halving>();
  /** How those that wait for a place to go on did at the rung they have passed. */
  private readonly promotions: Map<number, string>;
  private begun: number;
  /** Brackets that have been begun. */
  private started: number;

  constructor(
    private readonly setup: SchedulerSetup<'hyperband'>,
    snapshot?: Snapshot,
  ) {
    const { settings, epochs } = setup;
    this.table = hyperbandBrackets(settings.minEpochs, settings.eta, epochs);
    this.comparison = new Comparison(settings.compare, setup, snapshot?.comparison);
    this.begun = snapshot?.begun ?? 0;
    this.started = snapshot?.started ?? 0;
    this.open = snapshot?.open.map((stored) => new Halving(stored)) ?? [];
    for (const bracket of this.open)
      for (const trial of bracket.openTrials()) this.bracketOf.set(trial, bracket);
    this.promotions = new Map(snapshot?.promotions);
  }

  next({ canBegin }: Places): Wish {
    for (const bracket of this.open) {
      const member = bracket.goOn();
      if (member) return this.resume(bracket, member);
    }
    if (!canBegin) return { type: 'wait' };
    const bracket = this.filling();
    const { rungs } = this.shapeOf(bracket);
    const label =
      `bracket ${String(bracket.number + 1)} of ${String(this.table.length)}, ` +
      (rungs[0] === undefined ? 'to the end' : `up to epoch ${String(rungs[0])}`);
    if (rungs.length === 0) return { type: 'begin', label };
    const untilEpoch = (values: Configuration) =>
      this.comparison.rungsOf(rungs, this.comparison.paceOf(values))[0] ?? this.setup.epochs;
    return { type: 'begin', untilEpoch, label };
  }

  began(trial: number, values: Configuration): void {
    const bracket = this.filling();
    this.begun++;
    this.bracketOf.set(trial, bracket);
    bracket.begin({ trial, group: this.comparison.groupOf(values), pace: this.comparison.paceOf(values) });
  }

  reported(trial: number, epoch: number, losses: Losses): readonly Stop[] {
    this.comparison.reported(trial, epoch, losses);
    return [];
  }

  paused(trial: number, epoch: number, losses: Losses): PauseVerdict {
    this.comparison.reported(trial, epoch, losses);
    const bracket = this.bracketOf.get(trial);
    if (bracket === undefined) return { reason: 'not asked for', stops: [] };
    bracket.arrive(trial, this.comparison.scoreOf(trial, losses));
    this.comparison.rests(trial);
    const all = bracket.rung === 0 ? this.sizeOf(bracket) : bracket.expected;
    const reason = `waits at epoch ${String(epoch)}: ${String(bracket.arrived)} of ${String(all)} of its bracket have come`;
    return { reason, stops: this.close(bracket) };
  }

  completed(trial: number): readonly Stop[] {
    return this.ended(trial);
  }

  ended(trial: number): readonly Stop[] {
    const bracket = this.bracketOf.get(trial);
    if (bracket === undefined) return [];
    this.bracketOf.delete(trial);
    this.promotions.delete(trial);
    this.comparison.ended(trial);
    bracket.end(trial, unusableLosses(objectivesOf(this.setup.spec).length));
    return this.close(bracket);
  }

  leftOver(): string {
    return 'its bracket has ended';
  }

  snapshot(): Json {
    return {
      begun: this.begun,
      started: this.started,
      open: this.open.map((bracket) => bracket.snapshot()),
      promotions: [...this.promotions],
      comparison: this.comparison.snapshot(),
    };
  }

  /** The bracket that the next trial begins in. */
  private filling(): Halving {
    const newest = this.open.at(-1);
    const isLast = newest?.number === this.started - 1;
    // One that closed with fewer, because no more were planned then, stays as it is.
    if (isLast && newest.rung === 0 && newest.begun < this.shapeOf(newest).trials) return newest;
    const bracket = new Halving(this.started++);
    this.open.push(bracket);
    return bracket;
  }

  private shapeOf({ number }: Halving): Bracket {
    return this.table[number % this.table.length] ?? { trials: 1, rungs: [] };
  }

  /** Trials that it will have had in all. */
  private sizeOf(bracket: Halving): number {
    const unbegun = Math.max(0, this.setup.plannedTrials - this.begun);
    return Math.min(this.shapeOf(bracket).trials, bracket.begun + unbegun);
  }

  /** Where the last trial of a rung has come: who goes on, and who ends. */
  private close(bracket: Halving): readonly Stop[] {
    if (!bracket.hasAll || (bracket.rung === 0 && bracket.begun < this.sizeOf(bracket))) return [];
    const { rungs } = this.shapeOf(bracket);
    const judged = bracket.rung < rungs.length ? bracket.judge(this.setup.settings.eta) : [];
    if (!judged.some(({ goesOn }) => goesOn)) this.open = this.open.filter((other) => other !== bracket);
    const stops: Stop[] = [];
    for (const one of judged) {
      if (!one.isOpen) continue;
      const epoch = this.comparison.rungsOf(rungs, one.pace)[bracket.rung - 1] ?? this.setup.epochs;
      const standing = this.standing(one);
      if (one.goesOn) {
        this.promotions.set(one.trial, standing);
        continue;
      }
      this.bracketOf.delete(one.trial);
      this.comparison.ended(one.trial);
      stops.push({
        trial: one.trial,
        reason: `ends at epoch ${String(epoch)}: ${standing}, ${goOnInWords(one.quota)}`,
      });
    }
    return stops;
  }

  private resume(bracket: Halving, { trial, pace }: Member): Wish {
    const rungs = this.comparison.rungsOf(this.shapeOf(bracket).rungs, pace);
    const until = rungs[bracket.rung];
    const way = `from epoch ${String(rungs[bracket.rung - 1] ?? 0)} to ${String(until ?? this.setup.epochs)}`;
    const reason = `promoted ${way}: ${this.promotions.get(trial) ?? 'among the best'}`;
    this.promotions.delete(trial);
    return { type: 'resume', trial, ...(until === undefined ? {} : { untilEpoch: until }), reason };
  }

  private standing({ losses, standing, group }: Judged): string {
    if (standing.rank === undefined) return 'no usable number';
    return `${this.comparison.inWords(losses)} is ${standingInWords(standing, group)}`;
  }
}
