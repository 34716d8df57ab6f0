import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { NumericDType } from '../dtype';
import {
  constantInput,
  firstOutputRule,
  floatInput,
  type Gradient,
  type GradientRules,
} from '../gradient-rule';
import { broadcastAxes, broadcastShape, sameShape, showShape, type Shape } from '../shape';
import type { Operation, Tensor } from '../tensor';
import { reshape } from './shape';
import { constant } from './source';

/** Sum over `axes` (all if absent), which disappear from the shape. */
export const sum = <D extends NumericDType>(x: Tensor<D>, axes?: readonly number[]): Tensor<D> =>
  reduce('Sum', x, axes);

/** A reduction over `axes` (all if absent), which disappear from the shape. */
export function reduce<D extends NumericDType>(
  type: 'Sum' | 'Mean',
  x: Tensor<D>,
  axes: readonly number[] = x.shape.map((_, axis) => axis),
): Tensor<D> {
  checksFor(x.graph, type).that(
    axes.every((axis) => axis >= 0 && axis < x.shape.length) && new Set(axes).size === axes.length,
    `distinct axes of ${showShape(x.shape)}`,
    showShape(axes),
  );
  const [out] = x.graph.add({
    type,
    inputs: [x, constant(x.graph, 'int32', axes)],
    attributes: { T: attr.type(x.dtype), Tidx: attr.type('int32'), keep_dims: attr.bool(false) },
    outputs: [{ dtype: x.dtype, shape: x.shape.filter((_, axis) => !axes.includes(axis)) }],
  });
  return out;
}

/** Repeats `x` along axes of size 1 and missing leading axes until it has `shape`. */
export function broadcastTo<D extends NumericDType>(x: Tensor<D>, shape: Shape): Tensor<D> {
  if (sameShape(x.shape, shape)) return x;
  const broadcast = broadcastShape(x.shape, shape);
  checksFor(x.graph, 'BroadcastTo').that(
    broadcast !== undefined && sameShape(broadcast, shape),
    `a shape to which ${showShape(x.shape)} broadcasts`,
    showShape(shape),
  );
  const [out] = x.graph.add({
    type: 'BroadcastTo',
    inputs: [x, constant(x.graph, 'int32', shape)],
    attributes: { T: attr.type(x.dtype), Tidx: attr.type('int32') },
    outputs: [{ dtype: x.dtype, shape }],
  });
  return out;
}

export const reducedAxes = (reduction: Operation): readonly number[] => constantInput(reduction, 1);

/** Repeats a gradient over the axes that `reduction` took away. */
export function spread(gradient: Gradient, reduction: Operation): Gradient {
  const { shape } = floatInput(reduction, 0);
  const axes = reducedAxes(reduction);
  const kept = shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return broadcastTo(reshape(gradient, kept), shape);
}

/** Undoes broadcasting: adds up what was repeated, so that a gradient gets the shape of its operand. */
export function sumTo(gradient: Gradient, shape: Shape): Gradient {
  if (sameShape(gradient.shape, shape)) return gradient;
  return reshape(sum(gradient, broadcastAxes(shape, gradient.shape)), shape);
}

/** A sum repeats its gradient, a repetition adds its own up. */
export const sumGradients: GradientRules = {
  Sum: firstOutputRule((g, op) => [spread(g, op)]),
  BroadcastTo: firstOutputRule((g, op) => [sumTo(g, floatInput(op, 0).shape)]),
};
