import type { SearchSpec, SweepSpec } from '@fathom/contracts';
import { trialEpochs } from '../../epochs';
import type { History } from '../../history';
import type { Json, JsonObject } from '../../json';
import { Random } from '../../random';
import type { Configuration, SearchSpace } from '../../space/search-space';
import type { Proposal, Sampler } from '../sampler';
import { sobolSampler } from '../sobol';
import { searchAcquisition, type Acquisition } from './acquisition-search';
import { Encoding } from './encoding';
import { GaussianProcess } from './gaussian-process';
import { pointsOf } from './kernel';
import { logExpectedImprovement } from './log-expected-improvement';
import { defaultKernel, fitKernel, kernelOf, type LogKernel } from './marginal-likelihood';
import { observationsOf, type Observations } from './observations';

type GpSearch = Extract<SearchSpec, { algorithm: 'gp' }>;

interface Snapshot extends JsonObject {
  readonly startup: Json;
  readonly generator: readonly number[];
  /** The last fit, from which the next one starts. */
  readonly kernel: LogKernel | null;
}

/**
 * Bayesian optimisation with a Gaussian process: the configuration with the largest log expected improvement over what
 * was observed, once `startupTrials` results are known; until then, points of a Sobol sequence. Trials in flight count as
 * observed with the value that the model expects (kriging believer, Ginsbourger et al. 2010, "Kriging is well-suited to
 * parallelize optimization"). A proposal learns from at most 200 results and reckons with at most 50 trials in flight,
 * which bounds its time.
 */
export function gpSampler(space: SearchSpace, search: GpSearch, spec: SweepSpec, snapshot?: Json): Sampler {
  return new GpSampler(space, search, spec, snapshot as Snapshot | undefined);
}

class GpSampler implements Sampler {
  readonly learns = true;
  readonly size: number;
  private readonly encoding: Encoding;
  private readonly startup: Sampler;
  private readonly random: Random;
  private kernel: LogKernel | null;

  constructor(
    private readonly space: SearchSpace,
    private readonly search: GpSearch,
    private readonly spec: SweepSpec,
    snapshot: Snapshot | undefined,
  ) {
    this.size = search.trials;
    this.encoding = new Encoding(space);
    // Not the sequence with seed 0, which begins at the lower ends of all dimensions.
    this.startup = sobolSampler(space, { trials: search.trials, seed: search.seed + 1 }, snapshot?.startup);
    this.random = Random.resumed(search.seed, snapshot?.generator);
    this.kernel = snapshot?.kernel ?? null;
  }

  propose(trial: number, history: History): Proposal {
    const observations = observationsOf(history, (values) => trialEpochs(this.spec, values));
    const known = observations.results.length;
    const { startupTrials } = this.search;
    if (known < startupTrials || known < 2) return this.startup.propose(trial, history);
    const values = this.best(observations, history);
    return values === undefined
      ? {
          values: this.space.draw(this.random.uniform),
          reason: 'random draw, as the model has nothing new to try',
        }
      : {
          values,
          reason: `best log expected improvement of a Gaussian process over ${String(known)} results`,
        };
  }

  snapshot(): Json {
    return { startup: this.startup.snapshot(), generator: this.random.state(), kernel: this.kernel };
  }

  private best(observations: Observations, history: History): Configuration | undefined {
    const { space, encoding, random } = this;
    const { results, pending } = observations;
    const { isCategory } = encoding;
    const rows = results.map(({ values, progress }) => encoding.rowOf(values, progress));
    const targets = results.map(({ target }) => target);
    const starts = [defaultKernel(isCategory.length), ...(this.kernel === null ? [] : [this.kernel])];
    const observed = pointsOf(rows, isCategory);
    const observedTargets = Float64Array.from(targets);
    this.kernel = fitKernel(observed, observedTargets, starts);
    const kernel = kernelOf(this.kernel);

    const believed = pending.map((values) => encoding.rowOf(values, 1));
    let model = new GaussianProcess(observed, observedTargets, kernel);
    const means = believed.map((row) => model.posterior(row).mean);
    if (believed.length > 0) {
      const all = Float64Array.from([...targets, ...means]);
      model = new GaussianProcess(pointsOf([...rows, ...believed], isCategory), all, kernel);
    }
    const incumbent = results.reduce((a, b) => (b.target < a.target ? b : a));
    const threshold = Math.min(incumbent.target, ...means);
    const taken = Number.isFinite(space.size)
      ? new Set([...history.finished(), ...history.inFlight()].map(({ values }) => space.key(values)))
      : new Set<string>();
    return searchAcquisition(
      {
        space,
        encoding,
        random,
        acquisition: improvementOf(model, threshold),
        lengths: kernel.weights.map((weight) => 1 / Math.sqrt(weight)),
        isTaken: (values) => taken.size > 0 && taken.has(space.key(values)),
      },
      [incumbent.values],
    );
  }
}

function improvementOf(model: GaussianProcess, best: number): Acquisition {
  return {
    value: (row) => {
      const { mean, variance } = model.posterior(row);
      return logExpectedImprovement(mean, variance, best).value;
    },
    withSlope: (row) => {
      const { mean, variance, meanSlope, varianceSlope } = model.withSlopes(row);
      const { value, byMean, byVariance } = logExpectedImprovement(mean, variance, best);
      return {
        value,
        slope: meanSlope.map((slope, i) => byMean * slope + byVariance * (varianceSlope[i] ?? 0)),
      };
    },
  };
}
