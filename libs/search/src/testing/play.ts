import { sweepSpecSchema, type SweepSpec, type SweepSpecInput } from '@fathom/contracts';
import type { SearchAction, SearchEvent } from '../events';
import type { JsonObject } from '../json';
import { Random } from '../random';
import { maxEpochsOf } from '../schedulers/create-scheduler';
import type { SearchContext } from '../search-context';
import { createSearcher, type Searcher } from '../searcher';
import type { Configuration } from '../space/search-space';
import { CheckedWorld, type Trial } from './checked-world';

/** Deep networks cost more. */
export const context: SearchContext = { epochCost: ({ depth }) => depth };

/** The objectives of a trial after an epoch; undefined: its training crashes in that epoch. */
export type Curve = (
  trial: number,
  values: Configuration,
  epoch: number,
) => readonly (number | null)[] | undefined;

/** Trial 1 is the worst, and every trial gets better with every epoch. */
export const improving: Curve = (trial, _, epoch) => [1 / trial + 1 / epoch];

export interface PlayOptions {
  readonly curve?: Curve;
  /** Each event comes twice. */
  readonly repeatEvents?: boolean;
  /** After every event the searcher is made anew from its state, as when a coordinator restarts. */
  readonly restart?: boolean;
  /** Trials take turns at random, and events come twice, late and out of order, by a generator with this seed. */
  readonly disorder?: number;
  /** Looks at the searcher after every event. */
  readonly watch?: (searcher: Searcher, events: number) => void;
}

export interface Played {
  readonly actions: readonly SearchAction[];
  readonly events: readonly SearchEvent[];
  readonly state: JsonObject;
  /** Epochs trained in all. */
  readonly epochs: number;
  /** Epochs that each trial trained itself. */
  readonly epochsOf: ReadonlyMap<number, number>;
}

/** The reasons of the actions of one type, each after its trial: "3 promoted from epoch 1 to 3: …". */
export const reasonsOf = ({ actions }: Pick<Played, 'actions'>, type: SearchAction['type']): string[] =>
  actions.flatMap((action) =>
    action.type === type && 'trial' in action ? [`${String(action.trial)} ${action.reason}`] : [],
  );

/**
 * Plays a sweep to its end: the open trials train one epoch each in turn. Checks on the way what a searcher may ask for.
 *
 * @throws Error where it asks for something else
 */
export function play(input: SweepSpecInput, options: PlayOptions = {}): Played {
  const spec = sweepSpecSchema.parse(input);
  return new Play(spec, options).run();
}

class Play {
  private readonly actions: SearchAction[] = [];
  private readonly events: SearchEvent[] = [];
  /** Events that come late. */
  private readonly mail: SearchEvent[] = [];
  private readonly world: CheckedWorld;
  private readonly random: Random | undefined;
  private searcher: Searcher;

  constructor(
    private readonly spec: SweepSpec,
    private readonly options: PlayOptions,
  ) {
    this.searcher = createSearcher(spec, context);
    this.world = new CheckedWorld(spec.search.maxConcurrent ?? Infinity, maxEpochsOf(spec));
    this.random = options.disorder === undefined ? undefined : Random.seeded(options.disorder);
  }

  run(): Played {
    this.tell({ type: 'sweepStarted' });
    for (;;) {
      const late = this.lateEvent();
      if (late !== undefined) {
        this.tell(late);
        continue;
      }
      const next = this.world.take(this.random);
      if (next === undefined) break;
      this.train(next);
    }
    this.world.mustBeOver();
    const { actions, events } = this;
    const epochsOf = this.world.epochsOf();
    const epochs = [...epochsOf.values()].reduce((sum, count) => sum + count, 0);
    return { actions, events, epochs, epochsOf, state: this.searcher.snapshot() };
  }

  private lateEvent(): SearchEvent | undefined {
    const { mail, random } = this;
    if (random === undefined || mail.length === 0) return undefined;
    if (this.world.isTraining && random.uniform() < 0.7) return undefined;
    return mail.splice(random.below(mail.length), 1)[0];
  }

  private train(run: Trial): void {
    const { trial, values } = run;
    const epoch = ++run.epoch;
    const objectives = (this.options.curve ?? improving)(trial, values, epoch);
    if (objectives === undefined) {
      run.state = 'over';
      this.send({ type: 'trialFailed', trial, reason: 'crashed' });
      return;
    }
    run.state = epoch === run.epochs ? 'over' : epoch === run.until ? 'paused' : 'training';
    if (run.state === 'paused') run.pauses.push(epoch);
    const { state } = run;
    this.send({ type: 'epochReported', trial, epoch, objectives });
    // That may have been a reason to stop it.
    if (run.isStopped) return;
    if (state === 'over') this.send({ type: 'trialCompleted', trial, objectives });
    else if (state === 'paused') this.send({ type: 'trialPaused', trial, epoch, objectives });
    else this.world.trainOn(run);
  }

  private send(event: SearchEvent): void {
    const chance = this.random?.uniform() ?? 1;
    if (chance < 0.3) this.mail.push(event);
    if (chance >= 0.2) this.tell(event);
    const old =
      this.random && this.random.uniform() < 0.1
        ? this.events[this.random.below(this.events.length)]
        : undefined;
    if (old) this.tell(old);
  }

  private tell(event: SearchEvent): void {
    for (const told of this.options.repeatEvents ? [event, event] : [event]) {
      this.events.push(told);
      this.world.told(told);
      for (const action of this.searcher.handle(told)) {
        this.actions.push(action);
        this.world.carryOut(action);
      }
      this.options.watch?.(this.searcher, this.events.length);
      if (this.options.restart) {
        const state = JSON.parse(JSON.stringify(this.searcher.snapshot())) as JsonObject;
        this.searcher = createSearcher(this.spec, context, state);
      }
    }
  }
}
