import { attr, type Attribute } from '../attribute';
import { checksFor } from '../checks';
import type { FloatDType } from '../dtype';
import { firstOutputRule, floatInput, type GradientRules } from '../gradient-rule';
import { dimension } from '../shape';
import type { Tensor } from '../tensor';

export interface Transposed {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** Matrix product: [m, k] x [k, n] -> [m, n]; a transposed operand is given as [k, m] or [n, k]. */
export function matMul<D extends FloatDType>(
  a: Tensor<D>,
  b: Tensor<D>,
  { transposeA = false, transposeB = false }: Transposed = {},
): Tensor<D> {
  const check = checksFor(a.graph, 'MatMul');
  check.rank('first factor', a, 2);
  check.rank('second factor', b, 2);
  check.dtype('second factor', b, a.dtype);
  const [m, k] = transposeA ? a.shape.toReversed() : a.shape;
  const [rows, n] = transposeB ? b.shape.toReversed() : b.shape;
  check.that(k === rows, `a second factor of ${String(k)} rows`, String(rows));
  const [out] = a.graph.add({
    type: 'MatMul',
    inputs: [a, b],
    attributes: {
      T: attr.type(a.dtype),
      transpose_a: attr.bool(transposeA),
      transpose_b: attr.bool(transposeB),
    },
    outputs: [{ dtype: a.dtype, shape: [m ?? 0, n ?? 0] }],
  });
  return out;
}

/** x + bias along the last axis: [..., n] and [n]. */
export function biasAdd<D extends FloatDType>(x: Tensor<D>, bias: Tensor<D>): Tensor<D> {
  const check = checksFor(x.graph, 'BiasAdd');
  check.that(x.shape.length >= 2, 'an input of rank 2 or more', x.shape.length);
  check.shape('bias', bias, [dimension(x.shape, -1)]);
  check.dtype('bias', bias, x.dtype);
  const [out] = x.graph.add({
    type: 'BiasAdd',
    inputs: [x, bias],
    attributes: { T: attr.type(x.dtype), data_format: attr.string('NHWC') },
    outputs: [{ dtype: x.dtype, shape: x.shape }],
  });
  return out;
}

const isTrue = (attribute: Attribute | undefined): boolean => attribute?.kind === 'bool' && attribute.value;

export const denseGradients: GradientRules = {
  MatMul: firstOutputRule((g, op, wanted) => {
    const [a, b] = [floatInput(op, 0), floatInput(op, 1)];
    const [ta, tb] = [isTrue(op.attributes['transpose_a']), isTrue(op.attributes['transpose_b'])];
    const da = () =>
      ta ? matMul(b, g, { transposeA: tb, transposeB: true }) : matMul(g, b, { transposeB: !tb });
    const db = () =>
      tb ? matMul(g, a, { transposeA: true, transposeB: ta }) : matMul(a, g, { transposeA: !ta });
    return [wanted[0] ? da() : undefined, wanted[1] ? db() : undefined];
  }),
  BiasAdd: firstOutputRule((g, op, wanted) => {
    const bias = floatInput(op, 1);
    if (!wanted[1]) return [g];
    const [dBias] = g.graph.add({
      type: 'BiasAddGrad',
      inputs: [g],
      attributes: { T: attr.type(g.dtype), data_format: attr.string('NHWC') },
      outputs: [{ dtype: g.dtype, shape: bias.shape }],
    });
    return [g, dBias];
  }),
};
