import type { ParameterValue } from '@fathom/contracts';
import type { Dimension } from '../../space/dimension';
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

/** Numeric ranges by distance, lists by index without any. */
export function axisOf(dimension: Dimension): Axis {
  const { range } = dimension;
  if (range === undefined)
    return {
      dimension,
      toNumber: (value) => dimension.indexOf(value),
      toValue: (x) => dimension.at(x),
      kernels: (observed) => new CategoricalKernels(observed, dimension.size),
    };
  const { low, step } = range;
  return {
    dimension,
    toNumber: Number,
    toValue: step === undefined ? (x) => x : (x) => dimension.at(Math.round((x - low) / step)),
    kernels: (observed) => new NumericKernels(observed, range),
  };
}
