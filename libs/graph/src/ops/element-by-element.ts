import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { DType, NumericDType } from '../dtype';
import { GraphError } from '../graph-error';
import { broadcastShape, showShape } from '../shape';
import type { Tensor } from '../tensor';

/** A node of one operand, whose result has its shape and type. */
export function unary<D extends NumericDType>(type: string, x: Tensor<D>): Tensor<D> {
  const [out] = x.graph.add({
    type,
    inputs: [x],
    attributes: { T: attr.type(x.dtype) },
    outputs: [{ dtype: x.dtype, shape: x.shape }],
  });
  return out;
}

/** A node of two operands of one type, with NumPy's broadcasting. */
export function binary<D extends NumericDType, O extends DType>(
  type: string,
  a: Tensor<D>,
  b: Tensor<D>,
  /** Of the result. */
  dtype: O,
): Tensor<O> {
  checksFor(a.graph, type).dtype('second operand', b, a.dtype);
  const shape = broadcastShape(a.shape, b.shape);
  if (!shape)
    throw new GraphError(
      a.graph.label(type),
      `a shape that broadcasts with ${showShape(a.shape)}`,
      showShape(b.shape),
    );
  const [out] = a.graph.add({
    type,
    inputs: [a, b],
    attributes: { T: attr.type(a.dtype) },
    outputs: [{ dtype, shape }],
  });
  return out;
}
