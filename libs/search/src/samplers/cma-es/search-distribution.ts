import { symmetricEigen, type Matrix } from '../../numeric/symmetric-eigen';
import type { Strategy } from './strategy';

type Vector = readonly number[];

/** Where the next points are drawn, and how it got there. Plain JSON. Names as in arXiv 1604.00772v2, figure 6. */
export interface DistributionState {
  readonly generation: number;
  readonly mean: Vector;
  readonly sigma: number;
  readonly covariance: Matrix;
  readonly pathSigma: Vector;
  readonly pathC: Vector;
}

export function initialState(mean: Vector, sigma: number): DistributionState {
  const zeros = mean.map(() => 0);
  const covariance = mean.map((_, i) => mean.map((__, j) => Number(i === j)));
  return { generation: 0, mean, sigma, covariance, pathSigma: zeros, pathC: zeros };
}

/** The normal distribution of one generation. */
export class SearchDistribution {
  private readonly deviations: Vector;
  /** By row. */
  private readonly axes: Matrix;

  constructor(readonly state: DistributionState) {
    const { values, vectors } = symmetricEigen(state.covariance);
    // Rounding can leave less than nothing of the smallest ones.
    const least = 1e-14 * Math.max(...values);
    this.deviations = values.map((value) => Math.sqrt(Math.max(value, least)));
    this.axes = vectors;
  }

  /** Equations 38 to 40. `normal` gives the next standard normal number. */
  draw(normal: () => number): number[] {
    const { mean, sigma } = this.state;
    const along = this.deviations.map((deviation) => deviation * normal());
    return add(mean, sigma, this.toSpace(along));
  }

  /** How far a point lies from the mean, in standard deviations of the distribution. */
  distance(x: Vector): number {
    return norm(this.whitened(this.stepTo(x)));
  }

  /** (x - mean) / sigma */
  stepTo(x: Vector): number[] {
    const { mean, sigma } = this.state;
    return x.map((value, i) => (value - (mean[i] ?? 0)) / sigma);
  }

  /**
   * The distribution of the next generation.
   *
   * @param points of the strategy's population, best first
   */
  next(points: readonly Vector[], strategy: Strategy): DistributionState {
    const { dimension, mu, muEff, weights, cSigma, dSigma, cC, c1, cMu, chi } = strategy;
    const { mean, sigma, covariance, pathSigma, pathC } = this.state;
    const generation = this.state.generation + 1;
    const steps = points.map((x) => this.stepTo(x));
    // 41, 42
    const step = combine(steps.slice(0, mu), weights);
    // 43, 44
    const ofSigma = Math.sqrt(cSigma * (2 - cSigma) * muEff);
    const nextPathSigma = add(scaled(pathSigma, 1 - cSigma), ofSigma, this.whitened(step));
    const length = norm(nextPathSigma);
    // Stalls the path while sigma grows fast (page 28).
    const bound = (1.4 + 2 / (dimension + 1)) * chi;
    const h = length / Math.sqrt(1 - (1 - cSigma) ** (2 * (generation + 1))) < bound ? 1 : 0;
    // 45
    const nextPathC = add(scaled(pathC, 1 - cC), h * Math.sqrt(cC * (2 - cC) * muEff), step);
    // 46; the small number is that of the reference implementation, against a step of no length.
    const signed = weights.map((weight, k) =>
      weight >= 0 ? weight : (weight * dimension) / (norm(this.whitened(steps[k] ?? [])) ** 2 + 1e-8),
    );
    // 47
    const kept =
      1 + c1 * (1 - h) * cC * (2 - cC) - c1 - cMu * weights.reduce((sum, weight) => sum + weight, 0);
    return {
      generation,
      mean: add(mean, sigma, step),
      sigma: sigma * Math.exp((cSigma / dSigma) * (length / chi - 1)),
      covariance: covariance.map((row, i) =>
        row.map((value, j) => {
          const rankMu = signed.reduce(
            (sum, w, k) => sum + w * (steps[k]?.[i] ?? 0) * (steps[k]?.[j] ?? 0),
            0,
          );
          return kept * value + c1 * (nextPathC[i] ?? 0) * (nextPathC[j] ?? 0) + cMu * rankMu;
        }),
      ),
      pathSigma: nextPathSigma,
      pathC: nextPathC,
    };
  }

  /** C^(-1/2) y */
  private whitened(y: Vector): number[] {
    return this.toSpace(this.axes.map((axis, k) => dot(axis, y) / (this.deviations[k] ?? 1)));
  }

  /** From coordinates along the axes. */
  private toSpace(along: Vector): number[] {
    return combine(this.axes, along);
  }
}

const dot = (a: Vector, b: Vector): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
const norm = (a: Vector): number => Math.sqrt(dot(a, a));
const scaled = (a: Vector, factor: number): number[] => a.map((value) => factor * value);
const add = (a: Vector, factor: number, b: Vector): number[] =>
  a.map((value, i) => value + factor * (b[i] ?? 0));

function combine(vectors: readonly Vector[], factors: Vector): number[] {
  const zero = (vectors[0] ?? []).map(() => 0);
  return vectors.reduce<number[]>((sum, vector, k) => add(sum, factors[k] ?? 0, vector), zero);
}
