import type { ParameterValue } from '@fathom/contracts';
import type { Observation } from '../../history';
import type { Random } from '../../random';
import type { Axis } from './axis';
import { mixtureWeights, ParzenEstimator } from './parzen-estimator';
import type { Split } from './split';

/** Values in the order of the axes, and how much likelier they are among the good than among the others. */
export interface Candidate {
  readonly values: readonly ParameterValue[];
  /** ln l(x) - ln g(x) */
  readonly score: number;
}

/** Densities of the good and of the other observations over some axes; observations without all of them are left out. */
export class DensityRatio {
  private readonly good: ParzenEstimator;
  private readonly others: ParzenEstimator;

  constructor(
    private readonly axes: readonly Axis[],
    { below, above }: Split,
  ) {
    this.good = estimatorOf(axes, below);
    this.others = estimatorOf(axes, above);
  }

  /**
   * Draws from the good, the best first.
   *
   * @param isAllowed those that it refuses are drawn again, up to `MAX_REDRAWS` times, and then left out
   */
  candidates(
    count: number,
    random: Random,
    isAllowed: (values: readonly ParameterValue[]) => boolean = () => true,
  ): Candidate[] {
    const candidates: Candidate[] = [];
    for (let i = 0; i < count; i++) {
      for (let redraw = 0; redraw <= MAX_REDRAWS; redraw++) {
        const point = this.good.draw(random);
        const values = this.axes.map((axis, dimension) => axis.toValue(point[dimension] ?? 0));
        if (!isAllowed(values)) continue;
        candidates.push({ values, score: this.good.logDensity(point) - this.others.logDensity(point) });
        break;
      }
    }
    return candidates.sort((a, b) => b.score - a.score);
  }
}

const MAX_REDRAWS = 20;

function estimatorOf(axes: readonly Axis[], observations: readonly Observation[]): ParzenEstimator {
  const rows = observations.flatMap(({ values }) => {
    const row = axes.flatMap((axis) => {
      const value = values[axis.dimension.name];
      return value === undefined ? [] : axis.toNumber(value);
    });
    return row.length === axes.length ? [row] : [];
  });
  const kernels = axes.map((axis, i) => axis.kernels(rows.map((row) => row[i] ?? 0)));
  return new ParzenEstimator(kernels, mixtureWeights(rows.length));
}
