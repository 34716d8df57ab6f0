import type { SweepSpec } from '@fathom/contracts';
import { trialEpochs } from '../epochs';
import type { ObjectiveValues, SearchAction, SearchEvent } from '../events';
import { Random } from '../random';
import { createSearcher, type Searcher } from '../searcher';
import type { Configuration } from '../space/search-space';
import type { SimulatedFleet, SimulationResult } from './fleet';
import { Heap } from './heap';
import { Tally } from './tally';

interface Run {
  readonly trial: number;
  readonly values: Configuration;
  /** Of its whole training. */
  readonly epochs: number;
  readonly epochSeconds: number;
  readonly group: string | number;
  state: 'queued' | 'training' | 'paused' | 'ended';
  epoch: number;
  until: number;
  /** Of the epochs up to its present report. */
  seconds: number;
  /** When its present report comes, or its place among those of the same priority. */
  at: number;
  order: number;
}

const everyNetworkCostsTheSame = { epochCost: () => 1 };

/**
 * A sweep on a fleet that takes virtual time instead of training: the searcher decides as in reality, and free workers
 * take from a queue what has come furthest (a resumed trial before a new one), then what has waited longest. All of it
 * is a function of the spec and the fleet.
 *
 * An event costs O(log(workers + queued trials)) beside the searcher's own work; memory is that of the trials which
 * have not ended, paused ones included.
 */
export class Simulation {
  private readonly searcher: Searcher;
  private readonly tally: Tally;
  private readonly open = new Map<number, Run>();
  private readonly queue = new Heap<Run>(
    (a, b) => a.epoch > b.epoch || (a.epoch === b.epoch && a.order < b.order),
  );
  private readonly training = new Heap<Run>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  private readonly random: Random;
  private busy = 0;
  private ordered = 0;
  private isComplete = false;

  /** @throws SearchSpecError like createSearcher */
  constructor(
    private readonly spec: SweepSpec,
    private readonly fleet: SimulatedFleet,
  ) {
    const { context = everyNetworkCostsTheSame, maxTrials, misfortune } = fleet;
    const limits = maxTrials === undefined ? {} : { maxTrials };
    this.searcher = fleet.searcher ?? createSearcher(spec, context, undefined, limits);
    this.tally = new Tally(spec);
    this.random = Random.seeded(misfortune?.seed ?? 0);
    this.tell({ type: 'sweepStarted' });
    this.assign();
  }

  /**
   * Goes on by so many reports of workers.
   *
   * @returns whether there is more to come; false also where the searcher waits for nothing and has not completed
   */
  run(reports = Infinity): boolean {
    for (let taken = 0; taken < reports; taken++) {
      const next = this.nextReport();
      if (next === undefined) return false;
      this.tally.advance(next.at, this.busy, this.fleet.limits);
      this.report(next);
      this.assign();
    }
    return this.nextReport(false) !== undefined;
  }

  result(): SimulationResult {
    return this.tally.result(this.isComplete);
  }

  /** The next of a trial that still trains; those of stopped ones are passed over. */
  private nextReport(takes = true): Run | undefined {
    for (let run = this.training.peek(); run !== undefined; run = this.training.peek()) {
      if (run.state === 'training') return takes ? this.training.pop() : run;
      this.training.pop();
    }
    return undefined;
  }

  private report(run: Run): void {
    const { trial } = run;
    const from = run.epoch;
    run.epoch = this.nextEpochOf(run);
    this.tally.trained(run.group, from, run.epoch, run.seconds);
    const objectives = this.objectivesOf(run, run.epoch - from);
    if (objectives === undefined) {
      this.end(run);
      this.tally.trials.failed++;
      this.tell({ type: 'trialFailed', trial, reason: 'crashed in the simulation' });
      return;
    }
    this.tell({ type: 'epochReported', trial, epoch: run.epoch, objectives });
    // That may have been a reason to stop it.
    if (run.state !== 'training') return;
    if (run.epoch === run.epochs) {
      this.end(run);
      this.tally.completed(run, objectives);
      this.tell({ type: 'trialCompleted', trial, objectives });
    } else if (run.epoch === run.until) {
      run.state = 'paused';
      this.busy--;
      this.tell({ type: 'trialPaused', trial, epoch: run.epoch, objectives });
    } else this.train(run, 0);
  }

  /** undefined: it crashes before it gets there. */
  private objectivesOf(run: Run, epochs: number): ObjectiveValues | undefined {
    const { curve, misfortune } = this.fleet;
    const comes = (chance = 0) => chance > 0 && this.random.uniform() < 1 - (1 - chance) ** epochs;
    if (comes(misfortune?.crash)) return undefined;
    const objectives = curve(run.values, run.epoch, run.trial);
    return comes(misfortune?.nan) ? objectives.map(() => null) : objectives;
  }

  private nextEpochOf(run: Run): number {
    return this.fleet.reports === 'segments' ? Math.min(run.until, run.epochs) : run.epoch + 1;
  }

  private train(run: Run, startSeconds: number): void {
    const [from, to] = [run.epoch, this.nextEpochOf(run)];
    run.seconds = (to - from) * run.epochSeconds * (this.fleet.epochShare?.(run.values, from, to) ?? 1);
    run.at = this.tally.seconds + startSeconds + run.seconds;
    run.order = ++this.ordered;
    this.training.push(run);
  }

  /** Free workers take what waits. */
  private assign(): void {
    while (this.busy < this.fleet.workers) {
      const run = this.queue.pop();
      if (run === undefined) return;
      if (run.state !== 'queued') continue;
      run.state = 'training';
      this.busy++;
      this.train(run, this.fleet.startSeconds ?? 0);
    }
  }

  private enqueue(run: Run): void {
    run.state = 'queued';
    run.order = ++this.ordered;
    this.queue.push(run);
  }

  private end(run: Run): void {
    if (run.state === 'training') this.busy--;
    run.state = 'ended';
    this.open.delete(run.trial);
  }

  private tell(event: SearchEvent): void {
    this.fleet.onEvent?.(event, this.tally.seconds);
    for (const action of this.searcher.handle(event)) this.carryOut(action);
  }

  private carryOut(action: SearchAction): void {
    this.fleet.onAction?.(action, this.tally.seconds);
    switch (action.type) {
      case 'createTrial': {
        const { trial, values, untilEpoch: until = Infinity, from } = action;
        this.tally.trials.created++;
        const { epochSeconds, groupOf } = this.fleet;
        const facts = {
          epochs: trialEpochs(this.spec, values),
          epochSeconds: epochSeconds(values),
          group: groupOf?.(values) ?? '',
        };
        const run: Run = {
          trial,
          values,
          ...facts,
          state: 'queued',
          epoch: from?.epoch ?? 0,
          until,
          seconds: 0,
          at: 0,
          order: 0,
        };
        this.open.set(trial, run);
        this.enqueue(run);
        return;
      }
      case 'resumeTrial': {
        const run = this.demand(action.trial);
        if (run.state !== 'paused')
          throw new Error(`trial ${String(action.trial)} is ${run.state}, not paused`);
        run.until = action.untilEpoch ?? Infinity;
        this.enqueue(run);
        return;
      }
      case 'stopTrial':
        this.end(this.demand(action.trial));
        this.tally.trials.stopped++;
        return;
      case 'pauseTrial':
        return;
      case 'completeSweep':
        this.isComplete = true;
        return;
    }
  }

  private demand(trial: number): Run {
    const run = this.open.get(trial);
    if (run === undefined) throw new Error(`trial ${String(trial)} is not open`);
    return run;
  }
}

/** Plays a sweep to its end on a simulated fleet. @throws SearchSpecError like createSearcher */
export function simulate(spec: SweepSpec, fleet: SimulatedFleet): SimulationResult {
  const simulation = new Simulation(spec, fleet);
  simulation.run();
  return simulation.result();
}
