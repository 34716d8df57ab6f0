import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { DType, FloatDType, NumericDType } from '../dtype';
import type { Tensor } from '../tensor';
import { binary, unary } from './element-by-element';

// Functions of optimisers, schedules in the graph and augmentation: none of them has a gradient rule, because no loss
// is differentiated through them.

export const sqrt = (x: Tensor<'float32'>): Tensor<'float32'> => unary('Sqrt', x);
export const exp = (x: Tensor<'float32'>): Tensor<'float32'> => unary('Exp', x);
/** exp(x) - 1, exact where x is near 0. */
export const expm1 = (x: Tensor<'float32'>): Tensor<'float32'> => unary('Expm1', x);
/** Natural logarithm. */
export const log = (x: Tensor<'float32'>): Tensor<'float32'> => unary('Log', x);
/** 1 / (1 + exp(-x)) */
export const sigmoid = (x: Tensor<'float32'>): Tensor<'float32'> => unary('Sigmoid', x);

export const minimum = <D extends FloatDType | 'int64'>(a: Tensor<D>, b: Tensor<D>): Tensor<D> =>
  binary('Minimum', a, b, a.dtype);
export const maximum = <D extends FloatDType | 'int64'>(a: Tensor<D>, b: Tensor<D>): Tensor<D> =>
  binary('Maximum', a, b, a.dtype);
/** a b, but 0 wherever b is, even if a is infinite or NaN there. */
export const multiplyNoNan = (a: Tensor<'float32'>, b: Tensor<'float32'>): Tensor<'float32'> =>
  binary('MulNoNan', a, b, 'float32');
/** a >= b, element by element. */
export const atLeast = <D extends NumericDType>(a: Tensor<D>, b: Tensor<D>): Tensor<'bool'> =>
  binary('GreaterEqual', a, b, 'bool');

/** Neither infinite nor NaN, element by element. */
export function finite<D extends FloatDType>(x: Tensor<D>): Tensor<'bool'> {
  const [out] = x.graph.add({
    type: 'IsFinite',
    inputs: [x],
    attributes: { T: attr.type(x.dtype) },
    outputs: [{ dtype: 'bool', shape: x.shape }],
  });
  return out;
}

/**
 * All of `yes` or all of `no`. What is not chosen has no influence, be it infinite or NaN.
 *
 * @param condition scalar
 * @param no of the shape of `yes`
 */
export function choose<D extends DType>(condition: Tensor<'bool'>, yes: Tensor<D>, no: Tensor<D>): Tensor<D> {
  const check = checksFor(yes.graph, 'Select');
  check.shape('condition', condition, []);
  check.dtype('alternative', no, yes.dtype);
  check.shape('alternative', no, yes.shape);
  const [out] = yes.graph.add({
    type: 'Select',
    inputs: [condition, yes, no],
    attributes: { T: attr.type(yes.dtype) },
    outputs: [{ dtype: yes.dtype, shape: yes.shape }],
  });
  return out;
}

/** x where it is finite, elsewhere `otherwise`, element by element. @param otherwise of the shape of x */
export function whereFinite(x: Tensor<'float32'>, otherwise: Tensor<'float32'>): Tensor<'float32'> {
  checksFor(x.graph, 'Select').shape('alternative', otherwise, x.shape);
  const [out] = x.graph.add({
    type: 'Select',
    inputs: [finite(x), x, otherwise],
    attributes: { T: attr.type('float32') },
    outputs: [{ dtype: 'float32', shape: x.shape }],
  });
  return out;
}
