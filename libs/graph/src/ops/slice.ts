import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { DType, NumericDType } from '../dtype';
import { constantInput, firstOutputRule, floatInput, type GradientRules } from '../gradient-rule';
import type { Graph } from '../graph';
import { dimension, sameShape, showShape, type Shape } from '../shape';
import type { Tensor } from '../tensor';
import { constant } from './source';

const int32Constant = (graph: Graph, values: Shape): Tensor<'int32'> => constant(graph, 'int32', values);

/**
 * `value` around `x`.
 *
 * @param paddings per axis, how many cells before and after
 */
export function pad<D extends NumericDType>(
  x: Tensor<D>,
  paddings: readonly (readonly [before: number, after: number])[],
  value = 0,
): Tensor<D> {
  const type = value === 0 ? 'Pad' : 'PadV2';
  const check = checksFor(x.graph, type);
  check.that(paddings.length === x.shape.length, `${String(x.shape.length)} pairs`, paddings.length);
  check.that(
    paddings.flat().every((n) => n >= 0),
    'paddings of at least 0',
    showShape(paddings.flat()),
  );
  if (paddings.flat().every((n) => n === 0)) return x;
  const cells = constant(x.graph, 'int32', paddings.flat(), [paddings.length, 2]);
  const [out] = x.graph.add({
    type,
    inputs: value === 0 ? [x, cells] : [x, cells, constant(x.graph, x.dtype, value)],
    attributes: { T: attr.type(x.dtype), Tpaddings: attr.type('int32') },
    outputs: [
      {
        dtype: x.dtype,
        shape: x.shape.map((dim, i) => dim + (paddings[i]?.[0] ?? 0) + (paddings[i]?.[1] ?? 0)),
      },
    ],
  });
  return out;
}

/** The box of `size` that begins at `begin`. An axis of a size known to the run only is taken whole: from 0, size -1. */
export function slice<D extends DType>(x: Tensor<D>, begin: Shape, size: Shape): Tensor<D> {
  if (sameShape(size, x.shape)) return x;
  const check = checksFor(x.graph, 'Slice');
  const fits = x.shape.every((dim, i) => {
    const [from, n] = [begin[i] ?? -1, size[i] ?? -1];
    if (dim < 0) return from === 0 && n === dim;
    return from >= 0 && n >= 0 && from + n <= dim;
  });
  check.that(
    begin.length === x.shape.length && size.length === x.shape.length && fits,
    `a box inside ${showShape(x.shape)}`,
    `${showShape(begin)} + ${showShape(size)}`,
  );
  const [out] = x.graph.add({
    type: 'Slice',
    inputs: [x, int32Constant(x.graph, begin), int32Constant(x.graph, size)],
    attributes: { T: attr.type(x.dtype), Index: attr.type('int32') },
    outputs: [{ dtype: x.dtype, shape: size }],
  });
  return out;
}

const paddedRule = firstOutputRule((g, op) => {
  const x = floatInput(op, 0);
  const paddings = constantInput(op, 1);
  const begin = x.shape.map((_, i) => paddings[2 * i] ?? 0);
  return [slice(g, begin, x.shape)];
});

/** Padding and slicing are each other's gradient. */
export const sliceGradients: GradientRules = {
  Pad: paddedRule,
  PadV2: paddedRule,
  Slice: firstOutputRule((g, op) => {
    const { shape } = floatInput(op, 0);
    const begin = constantInput(op, 1);
    return [
      pad(
        g,
        shape.map((dim, i) => [begin[i] ?? 0, dim - (begin[i] ?? 0) - dimension(g.shape, i)] as const),
      ),
    ];
  }),
};
