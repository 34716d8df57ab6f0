import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { DType } from '../dtype';
import { constantInput, firstOutputRule, inputOf, type GradientRules } from '../gradient-rule';
import type { Graph } from '../graph';
import { dimension, sameShape, showShape, sizeOf, type Shape } from '../shape';
import type { Tensor } from '../tensor';
import { slice } from './slice';
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
