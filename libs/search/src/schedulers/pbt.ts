import { MAX_TRIALS, objectivesOf, type ParameterName } from '@fathom/contracts';
import type { Json } from '../json';
import { unusableLosses, type Losses } from '../losses';
import { Random } from '../random';
import type { Configuration } from '../space/search-space';
import { changeInWords, perturb, type Perturbation } from './perturb';
import { Population } from './population';
import { standingInWords, valuesInWords } from './reasons';
import { createRung, type Rung } from './rung';
import type { PauseVerdict, Places, Scheduler, SchedulerSetup, Stop, Wish } from './scheduler';
import { checkPopulation } from './scheduler-rules';

type Clone = Extract<Wish, { readonly type: 'clone' }>;

interface Snapshot {
  readonly created: number;
  readonly begun: number;
  readonly generator: readonly number[];
  readonly population: Json;
  readonly rounds: readonly (readonly [epoch: number, rung: Json])[];
}

/**
 * Population-based training (Jaderberg et al. 2017, "Population Based Training of Neural Networks"), asynchronous, with
 * the rules of Ray Tune: every `intervalEpochs` a member pauses; one of the worst `quantile` of those that have come to
 * the same epoch is replaced by a copy of one of the best, taken at the donor's last pause, with changed settings
 * (`perturb`). The others go on as they are. The population are the trials of the search; copies are trials of their own
 * and bear the next numbers.
 *
 * Who is furthest behind goes on first, new members before all, so that the population moves together whatever the number
 * of places; members that come first to an epoch have only themselves to be compared with, and go on. Where the sweep has
 * as many trials as one may have, nobody is replaced any more.
 *
 * The state holds the population and its results between its slowest and its fastest member. A decision costs
 * O(log population) and a look at the epochs whose results are kept and at the copies that have not trained yet; a
 * replacement O(population · log population). With several objectives an epoch keeps and ranks the newest 256 results.
 *
 * @throws SearchSpecError where it does not fit the rest of the spec
 */
export const populationBasedTraining = (setup: SchedulerSetup<'pbt'>, snapshot?: Json): Scheduler =>
  new PopulationBasedTraining(setup, checkPopulation(setup), snapshot as Snapshot | undefined);

class PopulationBasedTraining implements Scheduler {
  private readonly objectives: number;
  private readonly perturbation: Perturbation;
  private readonly words: (losses: Losses) => string;
  private readonly random: Random;
  private readonly population: Population;
  /** Who came to which epoch. */
  private readonly rounds: Map<number, Rung>;
  /** To begin at once. */
  private copy: Clone | undefined;
  /** Members and copies so far; the newest trial's number. */
  private created: number;
  private begun: number;

  constructor(
    private readonly setup: SchedulerSetup<'pbt'>,
    /** The parameters that are changed, all of the space. */
    mutate: ReadonlySet<ParameterName>,
    snapshot?: Snapshot,
  ) {
    const { spec, settings } = setup;
    this.objectives = objectivesOf(spec).length;
    this.perturbation = {
      mutate,
      resampleProbability: settings.resampleProbability,
      factors: settings.factors,
    };
    this.words = valuesInWords(spec);
    this.random = snapshot ? Random.from(snapshot.generator) : Random.seeded(seedOf(setup));
    this.population = new Population(snapshot?.population);
    this.rounds = new Map(
      snapshot?.rounds.map(([epoch, rung]) => [epoch, createRung(this.objectives, rung)]),
    );
    this.created = snapshot?.created ?? 0;
    this.begun = snapshot?.begun ?? 0;
  }

  next({ canBegin }: Places): Wish {
    if (this.copy) {
      const { copy } = this;
      this.copy = undefined;
      return copy;
    }
    if (canBegin) return { type: 'begin', ...this.until(0) };
    const trial = this.population.next();
    const member = trial === undefined ? undefined : this.population.get(trial);
    if (trial === undefined || member === undefined) return { type: 'wait' };
    const until = this.until(member.epoch);
    const way = `from epoch ${String(member.epoch)} to ${String(until.untilEpoch ?? this.setup.epochs)}`;
    const reason = `goes on ${way}: ${member.waitsAs ?? ''}`;
    this.population.goOn(trial, member);
    return { type: 'resume', trial, ...until, reason };
  }

  began(trial: number, values: Configuration, wish: Wish): void {
    this.created++;
    if (wish.type === 'begin') this.begun++;
    this.population.begin(trial, values, wish.type === 'clone' ? wish.from : undefined);
  }

  reported(trial: number): readonly Stop[] {
    this.population.trains(trial);
    return [];
  }

  paused(trial: number, epoch: number, losses: Losses): PauseVerdict {
    const member = this.population.get(trial);
    if (member === undefined) return { reason: 'not asked for', stops: [] };
    this.population.trains(trial);
    const round = this.arrive(trial, epoch, losses);
    const standing = round.standingOf(trial);
    const place =
      standing.rank === undefined
        ? 'no usable number'
        : `${this.words(losses)} is ${standingInWords(standing, '')}`;
    const count = this.quantileOf(standing.of);
    const isWorst = (standing.rank ?? standing.of) > standing.of - count;
    const donor = isWorst ? this.donor(round.best(count), trial) : undefined;
    if (donor === undefined) {
      this.population.waits(trial, member, epoch, place);
      this.forgetRounds();
      return { reason: `waits at epoch ${String(epoch)}: ${place}`, stops: [] };
    }
    const number = String(this.created + 1);
    this.copy = this.copyOf(donor, trial);
    this.population.delete(trial);
    const reason = `replaced by trial ${number}, a copy of trial ${String(donor)}: ${place}`;
    return { reason: `ends at epoch ${String(epoch)}: ${place}`, stops: [{ trial, reason }] };
  }

  completed(trial: number): readonly Stop[] {
    this.population.delete(trial);
    this.forgetRounds();
    return [];
  }

  ended(trial: number): readonly Stop[] {
    const member = this.population.get(trial);
    if (member === undefined) return [];
    const next = this.until(member.epoch).untilEpoch;
    if (member.waitsAs === undefined && next !== undefined)
      this.arrive(trial, next, unusableLosses(this.objectives));
    return this.completed(trial);
  }

  leftOver(): string {
    return 'the sweep has ended';
  }

  snapshot(): Json {
    return {
      created: this.created,
      begun: this.begun,
      generator: this.random.state(),
      population: this.population.snapshot(),
      rounds: [...this.rounds].map(([epoch, round]) => [epoch, round.snapshot()]),
    };
  }

  private arrive(trial: number, epoch: number, losses: Losses): Rung {
    const round = this.rounds.get(epoch) ?? createRung(this.objectives);
    this.rounds.set(epoch, round);
    round.arrive(trial, losses, Infinity);
    // Whether a member waits is the population's to know.
    round.leave(trial);
    return round;
  }

  /** Of so many, how many are the worst, and how many the best; never more than half. */
  private quantileOf(count: number): number {
    const share = Math.ceil(count * this.setup.settings.quantile);
    return share > count / 2 ? Math.floor(count / 2) : share;
  }

  private donor(best: readonly number[], instead: number): number | undefined {
    if (this.created >= Math.max(MAX_TRIALS, this.setup.plannedTrials)) return undefined;
    const alive = best.filter((trial) => trial !== instead && this.population.get(trial) !== undefined);
    return alive.length === 0 ? undefined : alive[this.random.below(alive.length)];
  }

  private copyOf(donor: number, instead: number): Clone {
    const { values = {}, epoch = 0 } = this.population.get(donor) ?? {};
    const changed = perturb(values, this.setup.space, this.random, this.perturbation);
    const change = changeInWords(values, changed);
    return {
      type: 'clone',
      from: { trial: donor, epoch },
      values: changed,
      ...this.until(epoch),
      reason:
        `copy of trial ${String(donor)} at epoch ${String(epoch)} in place of trial ${String(instead)}` +
        (change === '' ? '' : `: ${change}`),
    };
  }

  /** The pause after an epoch; none before the last epoch. */
  private until(epoch: number): { readonly untilEpoch?: number } {
    const next = epoch + this.setup.settings.intervalEpochs;
    return next < this.setup.epochs ? { untilEpoch: next } : {};
  }

  /** Nobody comes any more to where the slowest member has been. */
  private forgetRounds(): void {
    if (this.begun < this.setup.plannedTrials) return;
    const { slowest } = this.population;
    for (const epoch of this.rounds.keys()) if (epoch <= slowest) this.rounds.delete(epoch);
  }
}

/** The search's, a grid has none; changed, for with the same one its draws would be the sampler's over again. */
const seedOf = ({ spec: { search } }: SchedulerSetup<'pbt'>): number =>
  ('seed' in search ? search.seed : 0) ^ 0x9e37_79b9;
