import { objectivesOf } from '@fathom/contracts';
import type { Json } from '../json';
import { isUsable, unusableLosses, type Losses } from '../losses';
import type { Configuration } from '../space/search-space';
import { Comparison } from './comparison';
import { goOnInWords, ofGroup, standingInWords } from './reasons';
import { createRung, type Rung } from './rung';
import { promotionRungs } from './rung-epochs';
import { withoutPauses } from './run-all';
import type { Scheduler, SchedulerSetup, Stop } from './scheduler';
import { checkRungs } from './scheduler-rules';

interface Member {
  readonly group: string;
  readonly pace: number;
  /** Index of the next rung. */
  rung: number;
}

interface Snapshot {
  readonly groups: readonly (readonly [name: string, rungs: readonly Json[]])[];
  readonly members: readonly (readonly [trial: number, group: string, rung: number, pace: number])[];
  readonly comparison: Json;
}

/**
 * Successive halving that never waits: at a rung a trial goes on if it is among the best max(1, floor(n / eta)) of the n
 * trials that have come there, itself included, and is stopped otherwise. Optuna's SuccessiveHalvingPruner does the same but
 * for two cases: there all that equal the last of the best go on, where here the one that began first does; and there a
 * trial without a number is stopped uncounted, where here it is one of the n. Ray Tune's ASHA compares with an
 * interpolated percentile of those that came before, and decides differently.
 *
 * A rung whose own epoch was never reported is decided by the next one that is. A report costs O(log n). The state holds
 * the trials that have not ended and of each rung the best planned / eta. With several objectives it holds the newest 256
 * that came, and is ranked anew after each arrival.
 *
 * @throws SearchSpecError where it does not fit the rest of the spec
 */
export const ashaStopping = (setup: SchedulerSetup<'asha-stopping'>, snapshot?: Json): Scheduler => {
  checkRungs(setup);
  return new AshaStopping(setup, snapshot as Snapshot | undefined);
};

class AshaStopping implements Scheduler {
  readonly next = withoutPauses.next;
  readonly paused = withoutPauses.paused;
  readonly leftOver = withoutPauses.leftOver;
  private readonly eta: number;
  private readonly capacity: number;
  private readonly objectives: number;
  private readonly rungs: readonly number[];
  private readonly comparison: Comparison;
  private readonly groups: Map<string, readonly Rung[]>;
  private readonly members: Map<number, Member>;

  constructor(setup: SchedulerSetup<'asha-stopping'>, snapshot?: Snapshot) {
    const { settings, epochs, plannedTrials, spec } = setup;
    this.eta = settings.eta;
    this.capacity = Math.max(1, Math.floor(plannedTrials / settings.eta));
    this.objectives = objectivesOf(spec).length;
    this.rungs = promotionRungs(settings.minEpochs, settings.eta, epochs);
    this.comparison = new Comparison(settings.compare, setup, snapshot?.comparison);
    this.groups = new Map(
      snapshot?.groups.map(([name, rungs]) => [name, rungs.map((rung) => createRung(this.objectives, rung))]),
    );
    this.members = new Map(
      snapshot?.members.map(([trial, group, rung, pace]) => [trial, { group, rung, pace }]),
    );
  }

  began(trial: number, values: Configuration): void {
    const group = this.comparison.groupOf(values);
    if (!this.groups.has(group))
      this.groups.set(
        group,
        this.rungs.map(() => createRung(this.objectives)),
      );
    this.members.set(trial, { group, rung: 0, pace: this.comparison.paceOf(values) });
  }

  reported(trial: number, epoch: number, losses: Losses): readonly Stop[] {
    this.comparison.reported(trial, epoch, losses);
    const member = this.members.get(trial);
    if (member === undefined) return [];
    const rungs = this.comparison.rungsOf(this.rungs, member.pace);
    for (let at = rungs[member.rung]; at !== undefined && at <= epoch; at = rungs[member.rung]) {
      const worse = this.arrive(trial, member, this.comparison.scoreOf(trial, losses));
      if (worse !== undefined) {
        this.forget(trial);
        return [{ trial, reason: `stopped at epoch ${String(epoch)}: ${worse}` }];
      }
      member.rung++;
    }
    return [];
  }

  completed(trial: number): readonly Stop[] {
    this.forget(trial);
    return [];
  }

  ended(trial: number): readonly Stop[] {
    const member = this.members.get(trial);
    if (member !== undefined) this.arrive(trial, member, unusableLosses(this.objectives));
    this.forget(trial);
    return [];
  }

  snapshot(): Json {
    return {
      groups: [...this.groups].map(([name, rungs]) => [name, rungs.map((rung) => rung.snapshot())]),
      members: [...this.members].map(([trial, { group, rung, pace }]) => [trial, group, rung, pace]),
      comparison: this.comparison.snapshot(),
    };
  }

  /** @returns why it goes no further; undefined: it does */
  private arrive(trial: number, { group, rung: index }: Member, score: Losses): string | undefined {
    const rung = this.groups.get(group)?.[index];
    if (rung === undefined) return undefined;
    const dropped = rung.arrive(trial, score, this.capacity).find((other) => other.trial === trial);
    // Nobody waits here.
    rung.leave(trial);
    const standing = rung.standingOf(trial);
    if (!isUsable(score)) return 'no usable number';
    const quota = Math.max(1, Math.floor(standing.of / this.eta));
    if (standing.rank !== undefined && standing.rank <= quota) return undefined;
    const value = this.comparison.inWords(score);
    if (standing.rank === undefined)
      return `${value} is not ${dropped?.isAtWorst ? 'surely ' : ''}among the best ${String(quota)} of ${String(standing.of)}${ofGroup(group)}`;
    return `${value} is ${standingInWords(standing, group)}, ${goOnInWords(quota)}`;
  }

  private forget(trial: number): void {
    this.members.delete(trial);
    this.comparison.ended(trial);
  }
}
