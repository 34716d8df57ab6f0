import { trialEpochs } from '../epochs';
import type { Json } from '../json';
import { isUsable, loadLosses, storeLosses, type Losses, type StoredLosses } from '../losses';
import { nonDominatedRanks } from '../pareto';
import type { Configuration } from '../space/search-space';
import { Comparison } from './comparison';
import { ofGroup, valuesInWords } from './reasons';
import { withoutPauses } from './run-all';
import type { Scheduler, SchedulerSetup, Stop } from './scheduler';
import { checkMedian } from './scheduler-rules';

/** Complete trials of each group that a trial is compared with. */
export const MEDIAN_WINDOW = 50;

/** Losses after each epoch, at index epoch - 1; undefined where none were reported, or no usable ones. */
type Epochs = (Losses | undefined)[];

interface Member {
  readonly group: string;
  readonly pace: number;
  /** Of its whole training. */
  readonly epochs: number;
  readonly reported: Epochs;
  /** The best of each objective so far. */
  best: Losses | undefined;
  /** Epoch from which on it is looked at next. */
  nextLook: number;
}

interface Complete {
  readonly pace: number;
  readonly reported: Epochs;
}

interface Group {
  /** Complete trials in all. */
  readonly count: number;
  readonly newest: readonly Complete[];
}

type StoredEpochs = readonly (StoredLosses | null)[];

interface Snapshot {
  readonly members: readonly (readonly [
    trial: number,
    group: string,
    pace: number,
    epochs: number,
    nextLook: number,
    reported: StoredEpochs,
  ])[];
  readonly complete: readonly (readonly [
    group: string,
    count: number,
    newest: readonly (readonly [pace: number, reported: StoredEpochs])[],
  ])[];
  readonly comparison: Json;
}

/**
 * Median stopping, as Optuna's MedianPruner does it (after Golovin et al. 2017, "Google Vizier", section 3.2.2): a trial
 * is stopped at an epoch where the best loss it has had so far is worse than the median of what the complete trials had
 * at that epoch; equal ones go on, and one that has had no usable number yet is stopped. Nothing is stopped before
 * `startupTrials` are complete, nor in the first `warmupEpochs` epochs; from there on it looks every `intervalEpochs`.
 *
 * With several objectives the best of each counts, and a trial is stopped that is in a later non-dominated front than
 * the median complete trial. At equal cost (`cost`) what the complete trials had is taken where they had spent as much; by
 * curves (`curve`) the promise of the trial is compared with what the complete ones came to.
 *
 * A look compares with the newest 50 complete trials of the group, which bounds its time and the state: 50 curves for
 * each group, and one for each trial that runs.
 *
 * @throws SearchSpecError where it does not fit the rest of the spec
 */
export const medianStopping = (setup: SchedulerSetup<'median'>, snapshot?: Json): Scheduler => {
  checkMedian(setup);
  return new MedianStopping(setup, snapshot as Snapshot | undefined);
};

class MedianStopping implements Scheduler {
  readonly next = withoutPauses.next;
  readonly paused = withoutPauses.paused;
  readonly leftOver = withoutPauses.leftOver;
  private readonly comparison: Comparison;
  private readonly words: (losses: Losses) => string;
  private readonly members: Map<number, Member>;
  private readonly complete: Map<string, Group>;

  constructor(
    private readonly setup: SchedulerSetup<'median'>,
    snapshot?: Snapshot,
  ) {
    this.comparison = new Comparison(setup.settings.compare, setup, snapshot?.comparison);
    this.words = valuesInWords(setup.spec);
    this.members = new Map(
      snapshot?.members.map(([trial, group, pace, epochs, nextLook, reported]) => [
        trial,
        { group, pace, epochs, nextLook, ...progress(load(reported)) },
      ]),
    );
    this.complete = new Map(
      snapshot?.complete.map(([group, count, newest]) => [
        group,
        { count, newest: newest.map(([pace, reported]) => ({ pace, reported: load(reported) })) },
      ]),
    );
  }

  began(trial: number, values: Configuration): void {
    const { warmupEpochs, intervalEpochs } = this.setup.settings;
    this.members.set(trial, {
      group: this.comparison.groupOf(values),
      pace: this.comparison.paceOf(values),
      epochs: trialEpochs(this.setup.spec, values),
      ...progress([]),
      nextLook: warmupEpochs + intervalEpochs,
    });
  }

  reported(trial: number, epoch: number, losses: Losses): readonly Stop[] {
    this.comparison.reported(trial, epoch, losses);
    const member = this.members.get(trial);
    if (member === undefined) return [];
    note(member, epoch, losses);
    if (epoch < member.nextLook || epoch >= member.epochs) return [];
    const { intervalEpochs } = this.setup.settings;
    member.nextLook += (Math.floor((epoch - member.nextLook) / intervalEpochs) + 1) * intervalEpochs;
    const worse = this.look(trial, member, epoch, losses);
    return worse === undefined ? [] : [{ trial, reason: `stopped at epoch ${String(epoch)}: ${worse}` }];
  }

  completed(trial: number, losses: Losses): readonly Stop[] {
    const member = this.members.get(trial);
    // One without a result has failed, whatever it reported on the way.
    if (member !== undefined && isUsable(losses)) {
      note(member, member.epochs, losses);
      const { group, pace, reported } = member;
      const { count, newest } = this.complete.get(group) ?? { count: 0, newest: [] };
      const kept = [...newest, { pace, reported }].slice(-MEDIAN_WINDOW);
      this.complete.set(group, { count: count + 1, newest: kept });
    }
    return this.ended(trial);
  }

  ended(trial: number): readonly Stop[] {
    this.members.delete(trial);
    this.comparison.ended(trial);
    return [];
  }

  snapshot(): Json {
    return {
      members: [...this.members].map(([trial, { group, pace, epochs, nextLook, reported }]) => [
        trial,
        group,
        pace,
        epochs,
        nextLook,
        store(reported),
      ]),
      complete: [...this.complete].map(([group, { count, newest }]) => [
        group,
        count,
        newest.map(({ pace, reported }) => [pace, store(reported)]),
      ]),
      comparison: this.comparison.snapshot(),
    };
  }

  /** @returns why the trial is stopped; undefined: it goes on */
  private look(trial: number, member: Member, epoch: number, losses: Losses): string | undefined {
    const { startupTrials, compare } = this.setup.settings;
    const group = this.complete.get(member.group);
    if (group === undefined || group.count < startupTrials) return undefined;
    if (member.best === undefined) return 'no usable number yet';
    const byCurve = compare === 'curve';
    // A curve promises nothing while its newest number is missing.
    if (byCurve && !isUsable(losses)) return undefined;
    const own = byCurve ? this.comparison.scoreOf(trial, losses, member.epochs) : member.best;
    const others = group.newest.flatMap((complete): Losses[] => {
      const found = byCurve
        ? complete.reported.findLast((at) => at !== undefined)
        : at(complete, member, epoch);
      return found === undefined ? [] : [found];
    });
    return others.length === 0 ? undefined : this.verdict(own, others, member.group);
  }

  private verdict(own: Losses, others: readonly Losses[], group: string): string | undefined {
    const of = `the median of ${String(others.length)} complete trials${ofGroup(group)}`;
    const value = this.comparison.inWords(own);
    if (own.length === 1) {
      const median = medianOf(others.map(([loss]) => loss ?? Infinity));
      return (own[0] ?? Infinity) > median
        ? `${value} is worse than ${this.words([median])}, ${of}`
        : undefined;
    }
    const [ownFront = 0, ...fronts] = nonDominatedRanks([own, ...others]);
    const median = medianOf(fronts);
    const inFront = (front: number) => `in front ${String(front + 1)}`;
    return ownFront > median ? `${value} is ${inFront(ownFront)}, ${of} ${inFront(median)}` : undefined;
  }
}

/** What a complete trial had when it had spent as much as the member has at the epoch. */
function at({ pace, reported }: Complete, member: Member, epoch: number): Losses | undefined {
  if (pace === member.pace) return reported[epoch - 1];
  const same = Math.round((epoch * member.pace) / pace);
  return reported[Math.min(reported.length, Math.max(1, same)) - 1];
}

function note(member: Member, epoch: number, losses: Losses): void {
  const { reported, best } = member;
  while (reported.length < epoch) reported.push(undefined);
  if (!isUsable(losses)) return;
  reported[epoch - 1] = losses;
  member.best = better(best, losses);
}

const progress = (reported: Epochs) => ({ reported, best: reported.reduce(better, undefined) });

const better = (best: Losses | undefined, losses: Losses | undefined): Losses | undefined =>
  best?.map((loss, i) => Math.min(loss, losses?.[i] ?? Infinity)) ?? losses;

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

const store = (reported: Epochs) =>
  reported.map((losses) => (losses === undefined ? null : storeLosses(losses)));
const load = (stored: StoredEpochs): Epochs =>
  stored.map((losses) => (losses === null ? undefined : loadLosses(losses)));
