import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { DType, IndexDType, NumericDType } from '../dtype';
import { firstOutputRule, floatInput, inputOf, type GradientRules } from '../gradient-rule';
import type { Graph } from '../graph';
import { dimension, sameShape, showShape, sizeOf, type Shape } from '../shape';
import type { Operation, Tensor } from '../tensor';
import { constant } from './source';

const shapeConstant = (graph: Graph, shape: Shape): Tensor<'int32'> => constant(graph, 'int32', shape);

/** The same values, row-major, in another shape of equal size. */
export function reshape<D extends DType>(x: Tensor<D>, shape: Shape): Tensor<D> {
  if (sameShape(x.shape, shape)) return x;
  checksFor(x.graph, 'Reshape').that(
    sizeOf(shape) === sizeOf(x.shape),
    `a shape of ${String(sizeOf(x.shape))} elements`,
    showShape(shape),
  );
  const [out] = x.graph.add({
    type: 'Reshape',
    inputs: [x, shapeConstant(x.graph, shape)],
    attributes: { T: attr.type(x.dtype), Tshape: attr.type('int32') },
    outputs: [{ dtype: x.dtype, shape }],
  });
  return out;
}

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
    inputs: [x, shapeConstant(x.graph, begin), shapeConstant(x.graph, size)],
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
      shapeConstant(
        x.graph,
        x.shape.map(() => 0),
      ),
      shapeConstant(x.graph, x.shape),
      shapeConstant(x.graph, steps),
    ],
    attributes: stridedSliceAttributes(x.dtype),
    outputs: [{ dtype: x.dtype, shape: x.shape.map((dim, i) => Math.ceil(dim / (steps[i] ?? 1))) }],
  });
  return out;
}

const stridedSliceAttributes = (dtype: DType) => ({
  T: attr.type(dtype),
  Index: attr.type('int32'),
  begin_mask: attr.int(0),
  end_mask: attr.int(0),
  ellipsis_mask: attr.int(0),
  new_axis_mask: attr.int(0),
  shrink_axis_mask: attr.int(0),
});

/** Axis i of the result is axis `permutation[i]` of `x`. */
export function transpose<D extends DType>(x: Tensor<D>, permutation: readonly number[]): Tensor<D> {
  checksFor(x.graph, 'Transpose').that(
    permutation.toSorted((a, b) => a - b).join() === x.shape.map((_, i) => i).join(),
    `a permutation of the ${String(x.shape.length)} axes`,
    showShape(permutation),
  );
  const [out] = x.graph.add({
    type: 'Transpose',
    inputs: [x, constant(x.graph, 'int32', permutation)],
    attributes: { T: attr.type(x.dtype), Tperm: attr.type('int32') },
    outputs: [{ dtype: x.dtype, shape: permutation.map((axis) => dimension(x.shape, axis)) }],
  });
  return out;
}

/** Joins tensors of one type along `axis`; all other dimensions are equal. */
export function concat<D extends DType>(
  tensors: readonly [Tensor<D>, ...Tensor<D>[]],
  axis: number,
): Tensor<D> {
  const [first] = tensors;
  const check = checksFor(first.graph, 'ConcatV2');
  for (const other of tensors) {
    check.dtype('part', other, first.dtype);
    check.that(
      sameShape(other.shape.with(axis, 0), first.shape.with(axis, 0)),
      `parts that differ from ${showShape(first.shape)} along axis ${String(axis)} only`,
      showShape(other.shape),
    );
  }
  if (tensors.length === 1) return first;
  const length = tensors.reduce((total, { shape }) => total + dimension(shape, axis), 0);
  const [out] = first.graph.add({
    type: 'ConcatV2',
    inputs: [...tensors, constant(first.graph, 'int32', axis)],
    attributes: { N: attr.int(tensors.length), T: attr.type(first.dtype), Tidx: attr.type('int32') },
    outputs: [{ dtype: first.dtype, shape: first.shape.with(axis, length) }],
  });
  return out;
}

/** Tensors of one shape and type, along a new first axis: n of [...shape] -> [n, ...shape]. */
export function stack<D extends DType>(tensors: readonly [Tensor<D>, ...Tensor<D>[]]): Tensor<D> {
  const [first] = tensors;
  const check = checksFor(first.graph, 'Pack');
  for (const other of tensors) {
    check.dtype('part', other, first.dtype);
    check.shape('part', other, first.shape);
  }
  const [out] = first.graph.add({
    type: 'Pack',
    inputs: tensors,
    attributes: { N: attr.int(tensors.length), T: attr.type(first.dtype), axis: attr.int(0) },
    outputs: [{ dtype: first.dtype, shape: [tensors.length, ...first.shape] }],
  });
  return out;
}

/** Rows of `params` by index: params [n, ...rest], indices [...shape] -> [...shape, ...rest]. */
export function gather<D extends DType>(params: Tensor<D>, indices: Tensor<IndexDType>): Tensor<D> {
  checksFor(params.graph, 'GatherV2').that(params.shape.length > 0, 'params of rank 1 or more', 'a scalar');
  const [out] = params.graph.add({
    type: 'GatherV2',
    inputs: [params, indices, constant(params.graph, 'int32', 0)],
    attributes: {
      Tparams: attr.type(params.dtype),
      Tindices: attr.type(indices.dtype),
      Taxis: attr.type('int32'),
      batch_dims: attr.int(0),
    },
    outputs: [{ dtype: params.dtype, shape: [...indices.shape, ...params.shape.slice(1)] }],
  });
  return out;
}

/** The same bytes seen as uint8: int32 [...shape] -> uint8 [...shape, 4], lowest byte first. */
export function bytesOf(x: Tensor<'int32'>): Tensor<'uint8'> {
  const [out] = x.graph.add({
    type: 'Bitcast',
    inputs: [x],
    attributes: { T: attr.type('int32'), type: attr.type('uint8') },
    outputs: [{ dtype: 'uint8', shape: [...x.shape, 4] }],
  });
  return out;
}

/** The numbers of an int32 constant input: axes, paddings and the like. */
export const constantInput = (operation: Operation, index: number): readonly number[] => {
  const value = inputOf(operation, index).operation.attributes['value'];
  if (value?.kind !== 'tensor')
    throw new TypeError(`${operation.name}: input ${String(index)} is not a constant`);
  return [...new Int32Array(value.value.bytes.buffer)];
};

const paddedRule = firstOutputRule((g, op) => {
  const x = floatInput(op, 0);
  const paddings = constantInput(op, 1);
  const begin = x.shape.map((_, i) => paddings[2 * i] ?? 0);
  return [slice(g, begin, x.shape)];
});

export const shapeGradients: GradientRules = {
  Reshape: firstOutputRule((g, op) => [reshape(g, inputOf(op, 0).shape)]),
  Transpose: firstOutputRule((g, op) => {
    const permutation = constantInput(op, 1);
    return [
      transpose(
        g,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
    ];
  }),
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
      inputs: [shapeConstant(g.graph, x.shape), begin, end, steps, g],
      attributes: stridedSliceAttributes(g.dtype),
      outputs: [{ dtype: g.dtype, shape: x.shape }],
    });
    return [out];
  }),
  ConcatV2: firstOutputRule((g, op) => {
    const parts = op.inputs.slice(0, -1);
    const [axis = 0] = constantInput(op, parts.length);
    let at = 0;
    return parts.map(({ shape }) => {
      const begin = g.shape.map((_, i) => (i === axis ? at : 0));
      at += dimension(shape, axis);
      return slice(g, begin, shape);
    });
  }),
};
