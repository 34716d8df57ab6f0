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

/** The box of `size` that begins at `begin`. */
export function slice<D extends DType>(x: Tensor<D>, begin: Shape, size: Shape): Tensor<D> {
  if (sameShape(size, x.shape)) return x;
  const check = checksFor(x.graph, 'Slice');
  const fits = x.shape.every((dim, i) => {
    const [from, n] = [begin[i] ?? -1, size[i] ?? -1];
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

/** Every `steps[i]`-th element of axis i, from the first on. */
export function stride<D extends DType>(x: Tensor<D>, steps: readonly number[]): Tensor<D> {
  const check = checksFor(x.graph, 'StridedSlice');
  check.that(steps.length === x.shape.length, `${String(x.shape.length)} steps`, steps.length);
  check.that(
    steps.every((step) => Number.isInteger(step) && step >= 1),
    'whole steps of at least 1',
    showShape(steps),
  );
  if (steps.every((step) => step === 1)) return x;
  const [out] = x.graph.add({
    type: 'StridedSlice',
    inputs: [
      x,
      int32Constant(
        x.graph,
        x.shape.map(() => 0),
      ),
      int32Constant(x.graph, x.shape),
      int32Constant(x.graph, steps),
    ],
    attributes: wholeAxes(x),
    outputs: [{ dtype: x.dtype, shape: x.shape.map((dim, i) => Math.ceil(dim / (steps[i] ?? 1))) }],
  });
  return out;
}

/** Each axis from its first element to its last, so that the size of an axis may be known to the run only. */
const wholeAxes = ({ dtype, shape }: Tensor) => ({
  T: attr.type(dtype),
  Index: attr.type('int32'),
  begin_mask: attr.int(2 ** shape.length - 1),
  end_mask: attr.int(2 ** shape.length - 1),
  ellipsis_mask: attr.int(0),
  new_axis_mask: attr.int(0),
  shrink_axis_mask: attr.int(0),
});

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
  StridedSlice: firstOutputRule((g, op) => {
    const x = floatInput(op, 0);
    const [, begin, end, steps] = op.inputs;
    if (!begin || !end || !steps) throw new TypeError(`${op.name} is not a strided slice`);
    const [out] = g.graph.add({
      type: 'StridedSliceGrad',
      inputs: [int32Constant(g.graph, x.shape), begin, end, steps, g],
      attributes: wholeAxes(g),
      outputs: [{ dtype: g.dtype, shape: x.shape }],
    });
    return [out];
  }),
};
