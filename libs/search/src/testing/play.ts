import { objectivesOf, sweepSpecSchema, type SweepSpec, type SweepSpecInput } from '@fathom/contracts';
import { trialEpochs } from '../epochs';
import type { SearchAction, SearchEvent } from '../events';
import type { JsonObject } from '../json';
import { Random } from '../random';
import { isWider } from '../extension';
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
  /**
   * A trial that crashes is asked for once more, at once or when the sweep has completed, and then goes on from the epoch
   * before.
   */
  readonly rerun?: 'at once' | 'afterwards';
  /** The sweep becomes this one after so many trials have ended, or when it has completed. */
  readonly extend?: { readonly afterTrials: number; readonly to: SweepSpecInput };
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
  private readonly crashed: Trial[] = [];
  private isExtended = false;
  private ended = 0;
  private readonly world: CheckedWorld;
  private readonly random: Random | undefined;
  private searcher: Searcher;

  constructor(
    private spec: SweepSpec,
    private readonly options: PlayOptions,
  ) {
    this.searcher = createSearcher(spec, context);
    this.world = new CheckedWorld(spec.search.maxConcurrent ?? Infinity, (values) =>
      trialEpochs(this.spec, values),
    );
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
      if (next === undefined && this.crashed.length > 0) {
        for (const run of this.crashed.splice(0)) this.askFor(run);
        continue;
      }
      if (next === undefined && !this.isExtended && this.options.extend) {
        this.extend(this.options.extend.to);
        continue;
      }
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
    const usual = (this.options.curve ?? improving)(trial, values, epoch);
    const objectives = usual ?? (run.isRerun ? this.recovered(run) : undefined);
    if (objectives === undefined) {
      run.state = 'over';
      run.epoch--;
      this.send({ type: 'trialFailed', trial, reason: 'crashed' });
      if (this.options.rerun === 'at once') this.askFor(run);
      if (this.options.rerun === 'afterwards') this.crashed.push(run);
      return;
    }
    run.state = epoch === run.epochs ? 'over' : epoch === run.until ? 'paused' : 'training';
    if (run.state === 'paused') run.pauses.push(epoch);
    const { state } = run;
    this.send({ type: 'epochReported', trial, epoch, objectives });
    const { extend } = this.options;
    if (state === 'over' && ++this.ended === extend?.afterTrials) this.extend(extend.to);
    // That may have been a reason to stop it.
    if (run.isStopped) return;
    if (state === 'over') this.send({ type: 'trialCompleted', trial, objectives });
    else if (state === 'paused') this.send({ type: 'trialPaused', trial, epoch, objectives });
    else this.world.trainOn(run);
  }

  /** Usable numbers, however many objectives there are. */
  private recovered({ trial, values, epoch }: Trial): readonly (number | null)[] {
    const [first = null] = improving(trial, values, epoch) ?? [];
    return objectivesOf(this.spec).map((_, index) => (index === 0 ? first : Math.sin(trial * index)));
  }

  private extend(input: SweepSpecInput): void {
    this.isExtended = true;
    const from = this.spec;
    this.spec = sweepSpecSchema.parse(input);
    const proposed = this.actions.flatMap((action) =>
      action.type === 'createTrial' && action.from === undefined ? [action.values] : [],
    );
    const tried = isWider(from, this.spec) ? { tried: proposed } : {};
    this.tell({ type: 'sweepExtended', extension: 1, from, to: this.spec, ...tried });
  }

  private askFor({ trial, values }: Trial): void {
    this.tell({ type: 'trialRerun', trial, values });
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
