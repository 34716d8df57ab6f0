import {
  objectivesOf,
  type BestSoFar,
  type DepthTable,
  type Importance,
  type ObjectiveMetric,
  type ParallelCoordinates,
  type ParetoSet,
  type SweepSpec,
} from '@fathom/contracts';
import {
  bestSoFar,
  depthTable,
  MIN_TRIALS_FOR_IMPORTANCE,
  objectiveIndex,
  parallelCoordinates,
  parameterImportance,
  paretoSet,
  SearchSpace,
} from '@fathom/search';
import type { Store } from '@fathom/store';
import { ProblemError } from '../http/problem-error';
import { noSweep } from '../sweeps/sweep.service';

interface AnalysedSweep {
  readonly spec: SweepSpec;
  readonly space: SearchSpace;
  readonly createdAt: Date;
}

/** Answers questions about the results of a sweep, from one read of them. Nothing is kept between two questions. */
export class AnalysisService {
  constructor(private readonly store: Store) {}

  /** @throws ProblemError not-found; invalid-request for no objective of the sweep; state-conflict for too few trials */
  async importance(id: string, metric: ObjectiveMetric | undefined): Promise<Importance> {
    const sweep = await this.open(id);
    const { index, objective } = objectiveOf(sweep.spec, metric);
    const found = parameterImportance(
      sweep.space,
      sweep.spec,
      await this.results(id, sweep, ['completed']),
      index,
    );
    if (found.trials < MIN_TRIALS_FOR_IMPORTANCE)
      throw new ProblemError(
        'state-conflict',
        `importance needs at least ${String(MIN_TRIALS_FOR_IMPORTANCE)} completed trials with a number for ` +
          `${objective.metric}; sweep ${id} has ${String(found.trials)}`,
      );
    return { objective, ...found };
  }

  /** @throws ProblemError not-found; invalid-request for no objective of the sweep */
  async best(id: string, metric: ObjectiveMetric | undefined): Promise<BestSoFar> {
    const sweep = await this.open(id);
    const { index, objective } = objectiveOf(sweep.spec, metric);
    const results = await this.results(id, sweep, ['completed', 'stopped']);
    return { objective, ...bestSoFar(sweep.spec, results, index, sweep.createdAt.getTime()) };
  }

  /** @throws ProblemError not-found */
  async pareto(id: string): Promise<ParetoSet> {
    const sweep = await this.open(id);
    const results = await this.results(id, sweep, ['completed']);
    return { objectives: [...objectivesOf(sweep.spec)], ...paretoSet(sweep.space, sweep.spec, results) };
  }

  /** @throws ProblemError not-found */
  async depth(id: string): Promise<DepthTable> {
    const sweep = await this.open(id);
    return depthTable(sweep.space, sweep.spec, await this.store.analysis.depthResults(id, namesOf(sweep)));
  }

  /** @throws ProblemError not-found */
  async parallel(id: string): Promise<ParallelCoordinates> {
    const sweep = await this.open(id);
    const results = await this.results(id, sweep, ['completed', 'stopped']);
    return parallelCoordinates(sweep.space, sweep.spec, results);
  }

  private async open(id: string): Promise<AnalysedSweep> {
    const sweep = await this.store.analysis.sweep(id);
    if (!sweep) throw noSweep(id);
    const { space, recipe } = sweep.spec;
    // Without the constraints: they say what was tried, and here it is known.
    return { ...sweep, space: new SearchSpace({ space, recipe }) };
  }

  private results(id: string, sweep: AnalysedSweep, states: readonly ('completed' | 'stopped')[]) {
    return this.store.analysis.results(id, states, namesOf(sweep));
  }
}

const namesOf = ({ space }: AnalysedSweep) => space.dimensions.map(({ name }) => name);

function objectiveOf(spec: SweepSpec, metric: ObjectiveMetric | undefined) {
  const objectives = objectivesOf(spec);
  const index = objectiveIndex(spec, metric);
  const objective = index === undefined ? undefined : objectives[index];
  if (index !== undefined && objective !== undefined) return { index, objective };
  const message = `given ${String(metric)}, the objectives of this sweep are ${objectives.map((one) => one.metric).join(', ')}`;
  throw new ProblemError('invalid-request', `query: $.objective: ${message}`, [
    { path: '$.objective', rule: 'objective-of-sweep', message },
  ]);
}
