import type { SweepSpec } from '@fathom/contracts';
import type { ObjectiveValues } from '../events';
import { lossesOf, type ToLosses } from '../losses';
import type { Configuration } from '../space/search-space';
import type { BestSoFar, Counts, SimulatedFleet, SimulationResult, Spent } from './fleet';

type Limits = { -readonly [K in keyof SimulationResult['limits']]: SimulationResult['limits'][K] };

interface CompletedTrial {
  readonly trial: number;
  readonly values: Configuration;
  readonly group: string | number;
}

/** Counts what a simulated fleet does. Its size grows with groups, epochs and improvements, not with trials. */
export class Tally {
  seconds = 0;
  deviceSeconds = 0;
  epochs = 0;
  readonly trials = { created: 0, completed: 0, stopped: 0, failed: 0 } satisfies Counts;
  private readonly best: BestSoFar[] = [];
  private readonly limits: Limits = {};
  /** By group, at index e: trials that trained epoch e + 1 less those that trained epoch e. */
  private readonly changes = new Map<string | number, number[]>();
  private readonly completedOf = new Map<string | number, number>();
  private readonly secondsOf = new Map<string | number, number>();
  private readonly toLosses: ToLosses;
  private bestLoss = Infinity;

  constructor(spec: SweepSpec) {
    this.toLosses = lossesOf(spec);
  }

  /** A trial of the group has trained the epochs after `from` up to and with `to`, in so many seconds. */
  trained(group: string | number, from: number, to: number, seconds: number): void {
    this.secondsOf.set(group, (this.secondsOf.get(group) ?? 0) + seconds);
    let changes = this.changes.get(group);
    if (changes === undefined) this.changes.set(group, (changes = []));
    while (changes.length <= to) changes.push(0);
    changes[from] = (changes[from] ?? 0) + 1;
    changes[to] = (changes[to] ?? 0) - 1;
    this.epochs += to - from;
  }

  completed({ trial, values, group }: CompletedTrial, objectives: ObjectiveValues): void {
    this.trials.completed++;
    this.completedOf.set(group, (this.completedOf.get(group) ?? 0) + 1);
    const loss = this.toLosses(objectives)[0] ?? Infinity;
    if (!(loss < this.bestLoss)) return;
    this.bestLoss = loss;
    const { seconds, deviceSeconds, epochs } = this;
    this.best.push({ seconds, deviceSeconds, epochs, trial, values, objectives });
  }

  /**
   * The clock goes on to the next event, with `busy` devices taken until then.
   *
   * @param limits what has been done is remembered when one of them is used up on the way
   */
  advance(next: number, busy: number, limits: SimulatedFleet['limits'] = {}): void {
    const taken = busy * (next - this.seconds);
    const { seconds: wall = Infinity, deviceSeconds: device = Infinity } = limits;
    if (next > wall && this.limits.seconds === undefined)
      this.limits.seconds = this.within(wall - this.seconds, busy);
    if (this.deviceSeconds + taken > device && this.limits.deviceSeconds === undefined)
      this.limits.deviceSeconds = this.within((device - this.deviceSeconds) / busy, busy);
    this.seconds = next;
    this.deviceSeconds += taken;
  }

  spent(): Spent {
    const { seconds, deviceSeconds, epochs, trials } = this;
    return { seconds, deviceSeconds, epochs, trials: { ...trials } };
  }

  private within(seconds: number, busy: number): Spent {
    const spent = this.spent();
    return {
      ...spent,
      seconds: spent.seconds + seconds,
      deviceSeconds: spent.deviceSeconds + busy * seconds,
    };
  }

  result(isComplete: boolean): SimulationResult {
    const { best, limits, completedOf: completed, secondsOf: trainSeconds } = this;
    const trained = new Map(
      [...this.changes].map(([group, changes]) => {
        let count = 0;
        // The last change is that nobody trains on.
        return [group, changes.slice(0, -1).map((change) => (count += change))] as const;
      }),
    );
    return { ...this.spent(), isComplete, trained, completed, trainSeconds, best, limits };
  }
}
