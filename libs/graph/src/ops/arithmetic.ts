import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { DType, FloatDType, NumericDType } from '../dtype';
import {
  asFloat,
  firstOutputRule,
  floatInput,
  floatOutput,
  inputOf,
  type GradientRules,
} from '../gradient-rule';
import type { Tensor } from '../tensor';
import { binary, unary } from './element-by-element';
import { sumTo } from './sum';

/** a + b, with NumPy's broadcasting, as all of the two-operand functions here. */
export const add = <D extends NumericDType>(a: Tensor<D>, b: Tensor<D>): Tensor<D> =>
  binary('AddV2', a, b, a.dtype);
export const subtract = <D extends NumericDType>(a: Tensor<D>, b: Tensor<D>): Tensor<D> =>
  binary('Sub', a, b, a.dtype);
export const multiply = <D extends NumericDType>(a: Tensor<D>, b: Tensor<D>): Tensor<D> =>
  binary('Mul', a, b, a.dtype);
export const divide = <D extends FloatDType>(a: Tensor<D>, b: Tensor<D>): Tensor<D> =>
  binary('RealDiv', a, b, a.dtype);
export const negate = <D extends FloatDType>(x: Tensor<D>): Tensor<D> => unary('Neg', x);
export const floor = <D extends FloatDType>(x: Tensor<D>): Tensor<D> => unary('Floor', x);

/** The sum of one or more tensors of equal shape. */
export function addAll<D extends NumericDType>(tensors: readonly Tensor<D>[]): Tensor<D> {
  const [first, second, ...rest] = tensors;
  if (!first) throw new RangeError('addAll: at least one tensor is needed');
  if (!second) return first;
  if (rest.length === 0) return add(first, second);
  const check = checksFor(first.graph, 'AddN');
  for (const other of tensors) {
    check.shape('operand', other, first.shape);
    check.dtype('operand', other, first.dtype);
  }
  const [out] = first.graph.add({
    type: 'AddN',
    inputs: tensors,
    attributes: { N: attr.int(tensors.length), T: attr.type(first.dtype) },
    outputs: [{ dtype: first.dtype, shape: first.shape }],
  });
  return out;
}

/** Converts element by element; the tensor itself where it has the type already. Floats round to nearest even. */
export function cast<To extends DType>(x: Tensor, to: To): Tensor<To> {
  if (hasType(x, to)) return x;
  const [out] = x.graph.add({
    type: 'Cast',
    inputs: [x],
    attributes: { SrcT: attr.type(x.dtype), DstT: attr.type(to), Truncate: attr.bool(false) },
    outputs: [{ dtype: to, shape: x.shape }],
  });
  return out;
}

/** a == b as booleans; shapes must be equal. */
export function equal<D extends NumericDType>(a: Tensor<D>, b: Tensor<D>): Tensor<'bool'> {
  const check = checksFor(a.graph, 'Equal');
  check.dtype('second operand', b, a.dtype);
  check.shape('second operand', b, a.shape);
  const [out] = a.graph.add({
    type: 'Equal',
    inputs: [a, b],
    attributes: { T: attr.type(a.dtype), incompatible_shape_error: attr.bool(true) },
    outputs: [{ dtype: 'bool', shape: a.shape }],
  });
  return out;
}

const hasType = <D extends DType>(x: Tensor, dtype: D): x is Tensor<D> => x.dtype === dtype;

export const arithmeticGradients: GradientRules = {
  Identity: firstOutputRule((g) => [g]),
  AddV2: firstOutputRule((g, op, wanted) => [
    wanted[0] ? sumTo(g, inputOf(op, 0).shape) : undefined,
    wanted[1] ? sumTo(g, inputOf(op, 1).shape) : undefined,
  ]),
  Sub: firstOutputRule((g, op, wanted) => [
    wanted[0] ? sumTo(g, inputOf(op, 0).shape) : undefined,
    wanted[1] ? sumTo(negate(g), inputOf(op, 1).shape) : undefined,
  ]),
  Mul: firstOutputRule((g, op, wanted) => {
    const [a, b] = [floatInput(op, 0), floatInput(op, 1)];
    return [
      wanted[0] ? sumTo(multiply(g, b), a.shape) : undefined,
      wanted[1] ? sumTo(multiply(g, a), b.shape) : undefined,
    ];
  }),
  // d(a/b) = da/b - (a/b) db/b
  RealDiv: firstOutputRule((g, op, wanted) => {
    const [a, b, y] = [floatInput(op, 0), floatInput(op, 1), floatOutput(op, 0)];
    const gOverB = divide(g, b);
    return [
      wanted[0] ? sumTo(gOverB, a.shape) : undefined,
      wanted[1] ? sumTo(negate(multiply(gOverB, y)), b.shape) : undefined,
    ];
  }),
  Neg: firstOutputRule((g) => [negate(g)]),
  AddN: firstOutputRule((g, op) => op.inputs.map(() => g)),
  Cast: firstOutputRule((g, op) => [cast(g, asFloat(inputOf(op, 0)).dtype)]),
};
