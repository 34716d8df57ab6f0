import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { DType } from '../dtype';
import { asFloat, constantInput, firstOutputRule, inputOf, type GradientRules } from '../gradient-rule';
import type { Graph } from '../graph';
import { dimension, sameShape, showShape, sizeOf, type Shape } from '../shape';
import type { Tensor } from '../tensor';
import { slice } from './slice';
import { constant, fill } from './source';

const shapeConstant = (graph: Graph, shape: Shape): Tensor<'int32'> => constant(graph, 'int32', shape);

/** The same values, row-major, in another shape of equal size. */
export function reshape<D extends DType>(x: Tensor<D>, shape: Shape): Tensor<D> {
  if (sameShape(x.shape, shape)) return x;
  checksFor(x.graph, 'Reshape').that(
    sizeOf(shape) === sizeOf(x.shape),
    `a shape of ${String(sizeOf(x.shape))} elements`,
    showShape(shape),
  );
  // A shape between two others leaves no trace.
  if (x.operation.type === 'Reshape' && x.operation.frame === x.graph.frame)
    return reshape(inputOf(x.operation, 0) as Tensor<D>, shape);
  const [out] = x.graph.add({
    type: 'Reshape',
    inputs: [x, shapeConstant(x.graph, shape)],
    attributes: { T: attr.type(x.dtype), Tshape: attr.type('int32') },
    outputs: [{ dtype: x.dtype, shape }],
  });
  return out;
}

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

/** Joins tensors of one type, at least one, along `axis`; all other dimensions are equal. */
export function concat<D extends DType>(tensors: readonly Tensor<D>[], axis: number): Tensor<D> {
  const [first] = tensors;
  if (!first) throw new RangeError('there is nothing to concatenate');
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

/**
 * Parts of `x` along its first axis, in their order.
 *
 * @param lengths of the parts: all of `x`
 */
export function split<D extends DType>(x: Tensor<D>, lengths: readonly number[]): readonly Tensor<D>[] {
  const { graph, dtype, shape } = x;
  const whole = dimension(shape, 0);
  const sum = lengths.reduce((total, length) => total + length, 0);
  checksFor(graph, 'SplitV').that(sum === whole, `lengths whose sum is ${String(whole)}`, sum);
  return graph.add({
    type: 'SplitV',
    inputs: [x, constant(graph, 'int32', lengths), constant(graph, 'int32', 0)],
    attributes: { T: attr.type(dtype), Tlen: attr.type('int32'), num_split: attr.int(lengths.length) },
    outputs: lengths.map((length) => ({ dtype, shape: shape.with(0, length) })),
  });
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
  // Parts that the loss does not depend on have a gradient of zero.
  SplitV: (op, upstream) => {
    const zero = (part: Tensor) => fill(part.graph, asFloat(part).dtype, 0, part.shape);
    return [
      concat(
        op.outputs.map((part, i) => upstream[i] ?? zero(part)),
        0,
      ),
    ];
  },
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
