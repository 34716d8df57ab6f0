import type { FloatDType } from '../dtype';
import { firstOutputRule, floatInput, type GradientRules } from '../gradient-rule';
import { dimension, sizeOf } from '../shape';
import type { Tensor } from '../tensor';
import { multiply } from './arithmetic';
import { constant } from './source';
import { reduce, reducedAxes, spread } from './sum';

/** Mean over `axes` (all if absent), which disappear from the shape. */
export const mean = <D extends FloatDType>(x: Tensor<D>, axes?: readonly number[]): Tensor<D> =>
  reduce('Mean', x, axes);

export const meanGradients: GradientRules = {
  Mean: firstOutputRule((g, op) => {
    const { shape, graph } = floatInput(op, 0);
    const count = sizeOf(reducedAxes(op).map((axis) => dimension(shape, axis)));
    // Scaled while it is small, then repeated.
    return [spread(multiply(g, constant(graph, g.dtype, 1 / count)), op)];
  }),
};
