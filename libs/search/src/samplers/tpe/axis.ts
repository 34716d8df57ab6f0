import type { ParameterValue } from '@fathom/contracts';
import type { Dimension } from '../../space/dimension';
import type { Range } from '../../space/numeric-axes';
import { CategoricalKernels } from './categorical-kernels';
import type { Kernels } from './kernels';
import { NumericKernels } from './numeric-kernels';

/** How the model sees a parameter. */
export interface Axis {
  readonly dimension: Dimension;
  toNumber(value: ParameterValue): number;
  toValue(x: number): ParameterValue;
  kernels(observed: ArrayLike<number>): Kernels;
}

/**
 * Numeric ranges by distance. Ascending lists by the distance of their indices, where Optuna, which has no ordered
 * lists, takes them for choices without an order; these are known by equality alone.
 */
export function axisOf(dimension: Dimension): Axis {
  const { range, size } = dimension;
  if (range !== undefined) return rangeAxis(dimension, range);
  const places = { low: 0, high: size - 1, log: false, step: 1 };
  return {
    dimension,
    toNumber: (value) => dimension.indexOf(value),
    toValue: (x) => dimension.at(Math.round(x)),
    kernels: (observed) =>
      dimension.isOrdered ? new NumericKernels(observed, places) : new CategoricalKernels(observed, size),
  };
}

function rangeAxis(dimension: Dimension, range: Range): Axis {
  const { low, step } = range;
  return {
    dimension,
    toNumber: Number,
    toValue: step === undefined ? (x) => x : (x) => dimension.at(Math.round((x - low) / step)),
    kernels: (observed) => new NumericKernels(observed, range),
  };
}
