import type { SearchSpec } from '@fathom/contracts';
import type { History } from '../../history';
import type { Json, JsonObject } from '../../json';
import { Random } from '../../random';
import type { Dimension } from '../../space/dimension';
import type { Configuration, SearchSpace } from '../../space/search-space';
import type { Proposal, Sampler } from '../sampler';
import { fromVaried, variedOf } from '../varied';
import { withMargin } from './discrete-margin';
import { initialState, SearchDistribution, type DistributionState } from './search-distribution';
import { defaultPopulation, strategyOf, type Strategy } from './strategy';

type CmaEsSearch = Extract<SearchSpec, { algorithm: 'cma-es' }>;

/** A point that was handed out. */
interface Member extends JsonObject {
  readonly generation: number;
  /** In the unit cube, before values were rounded. */
  readonly x: readonly number[];
  /** Of its configuration, which tells it in the history: none is trained twice. */
  readonly key: string;
  /** Absent: not known yet; null: no usable loss. */
  readonly loss?: number | null;
}

interface Drawn {
  readonly generation: number;
  readonly x: readonly number[];
  readonly values: Configuration;
}

interface Snapshot extends JsonObject {
  readonly generator: readonly number[];
  /** null: nothing was proposed yet. */
  readonly distribution: (DistributionState & JsonObject) | null;
  readonly members: readonly Member[];
}

/** A sixth of the cube's edge, so that three standard deviations reach from the middle to the bounds, as in Optuna. */
const INITIAL_SIGMA = 1 / 6;
/** Draws in search of a point inside the bounds and constraints. */
const MAX_DRAWS = 100;
/** Where the distribution is narrower than this in every direction, its search is over and a new one begins. */
const CONVERGED = 1e-9;
/** Generation of a point that no distribution of the search gave. */
const ELSEWHERE = -1;

/**
 * CMA-ES (Hansen 2016, "The CMA Evolution Strategy: A Tutorial", arXiv 1604.00772) in the unit cube of the numeric
 * dimensions, from its middle or from the best imported trial.
 *
 * Trials of a generation are handed out as places get free. Once the results of all are known, the distribution moves;
 * a failed trial counts as worst. While some are still awaited, further points of the same distribution are handed out;
 * they belong to the next generation, in which their step is cut to the length that is usual there (Hansen 2011,
 * "Injecting external solutions into CMA-ES", arXiv 1110.4181, section 2). So every result counts, and one that comes
 * late counts like the others.
 *
 * Points outside the bounds or constraints are drawn again, up to 100 times; then one is moved to the bounds, or taken
 * from the whole space where that is against a constraint. A search that has come to its end begins anew at a random
 * point.
 *
 * The results are looked up in the history with every proposal, and kept here from then on. One that the history has
 * dropped by then was not among the best, and counts as worst. The cost of a proposal is bounded by the history's size
 * and the number of points that are awaited.
 */
export function cmaEsSampler(space: SearchSpace, search: CmaEsSearch, snapshot?: Json): Sampler {
  return new CmaEsSampler(space, search, snapshot as Snapshot | undefined);
}

class CmaEsSampler implements Sampler {
  readonly learns = true;
  readonly size: number;
  private readonly dimensions: readonly Dimension[];
  private readonly strategy: Strategy;
  private readonly random: Random;
  private state: DistributionState | null;
  private members: readonly Member[];

  constructor(
    private readonly space: SearchSpace,
    { trials, seed, populationSize }: CmaEsSearch,
    snapshot: Snapshot | undefined,
  ) {
    this.size = trials;
    this.dimensions = variedOf(space);
    const count = Math.max(1, this.dimensions.length);
    this.strategy = strategyOf(count, populationSize ?? defaultPopulation(count));
    this.random = Random.resumed(seed, snapshot?.generator);
    this.state = snapshot?.distribution ?? null;
    this.members = snapshot?.members ?? [];
  }

  propose(_: number, history: History): Proposal {
    let distribution = new SearchDistribution(this.state ?? this.initial(history));
    this.lookUp(history);
    const { population } = this.strategy;
    for (;;) {
      const generation = this.members.slice(0, population);
      if (generation.length < population || generation.some(({ loss }) => loss === undefined)) break;
      this.members = this.members.slice(population);
      distribution = this.moved(distribution, generation);
    }
    this.state = distribution.state;
    const { generation } = distribution.state;
    const { values, ...member } = this.drawn(distribution);
    this.members = [...this.members, { ...member, key: this.space.key(values) }];
    return { values, reason: `drawn by CMA-ES in generation ${String(generation + 1)}` };
  }

  snapshot(): Json {
    return {
      generator: this.random.state(),
      distribution: this.state as (DistributionState & JsonObject) | null,
      members: this.members,
    };
  }

  private initial(history: History): DistributionState {
    const imported = history
      .finished()
      .filter(({ trial, losses }) => trial <= 0 && Number.isFinite(losses[0]));
    const middle = this.dimensions.map(() => 0.5);
    if (imported.length === 0) return initialState(middle, INITIAL_SIGMA);
    const best = imported.reduce((a, b) => ((b.losses[0] ?? 0) < (a.losses[0] ?? 0) ? b : a));
    return initialState(this.unitsOf(best.values), INITIAL_SIGMA);
  }

  private drawn(distribution: SearchDistribution): Drawn {
    const { generation } = distribution.state;
    for (let i = 0; i < MAX_DRAWS; i++) {
      const x = distribution.draw(this.random.normal);
      const isInside = x.every((u) => u >= 0 && u <= 1);
      const values = isInside ? fromVaried(this.space, x) : undefined;
      if (values) return { generation, x, values };
    }
    const x = distribution.draw(this.random.normal).map((u) => Math.min(1, Math.max(0, u)));
    const clipped = fromVaried(this.space, x);
    if (clipped) return { generation, x, values: clipped };
    const values = this.space.draw(this.random.uniform);
    return { generation: ELSEWHERE, x: this.unitsOf(values), values };
  }

  private lookUp(history: History): void {
    const known = new Map(
      [...history.inFlight(), ...history.finished()].map(
        (trial) => [this.space.key(trial.values), trial] as const,
      ),
    );
    this.members = this.members.map((member) => {
      const trial = known.get(member.key);
      if (member.loss !== undefined || trial?.state === 'running') return member;
      const loss = trial?.losses[0] ?? Infinity;
      return { ...member, loss: Number.isFinite(loss) ? loss : null };
    });
  }

  private moved(distribution: SearchDistribution, generation: readonly Member[]): SearchDistribution {
    const { population, dimension } = this.strategy;
    const points = [...generation]
      // Of equal ones, the one handed out first stays first.
      .sort((a, b) => (lossOf(a) < lossOf(b) ? -1 : Number(lossOf(a) > lossOf(b))))
      .map((member) => this.within(distribution, member));
    const next = withMargin(
      distribution.next(points, this.strategy),
      this.dimensions,
      1 / (dimension * population),
    );
    const widest = next.sigma * Math.sqrt(Math.max(...next.covariance.map((row, i) => row[i] ?? 0)));
    if (widest < CONVERGED) {
      this.members = [];
      return new SearchDistribution(
        initialState(this.unitsOf(this.space.draw(this.random.uniform)), INITIAL_SIGMA),
      );
    }
    // Where all points are equally good the size of the steps drifts; wider than the cube is of no use.
    return new SearchDistribution({ ...next, sigma: next.sigma / Math.max(1, widest) });
  }

  /** Where a point of another distribution lies too far out for this one: nearer to the mean, in the same direction. */
  private within(distribution: SearchDistribution, { generation, x }: Member): readonly number[] {
    const { dimension } = this.strategy;
    const { mean } = distribution.state;
    const usual = Math.sqrt(dimension) + (2 * dimension) / (dimension + 2);
    const distance = distribution.distance(x);
    if (generation === distribution.state.generation || distance <= usual) return x;
    return mean.map((middle, i) => middle + (usual / distance) * ((x[i] ?? middle) - middle));
  }

  private unitsOf(values: Configuration): number[] {
    return this.dimensions.map(({ name, toUnit }) => {
      const value = values[name];
      return value === undefined ? 0.5 : toUnit(value);
    });
  }
}

const lossOf = ({ loss }: Member): number => loss ?? Infinity;
