import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { IndexDType, NumericDType } from '../dtype';
import { dimension } from '../shape';
import type { Tensor } from '../tensor';
import { constant } from './source';

/** Index of the largest value along the last axis: [..., n] -> [...]. Has no gradient. */
export function argMax<I extends IndexDType>(x: Tensor<NumericDType>, indexType: I): Tensor<I> {
  checksFor(x.graph, 'ArgMax').that(x.shape.length > 0, 'rank of at least 1', 'a scalar');
  const [out] = x.graph.add({
    type: 'ArgMax',
    inputs: [x, constant(x.graph, 'int32', x.shape.length - 1)],
    attributes: { T: attr.type(x.dtype), Tidx: attr.type('int32'), output_type: attr.type(indexType) },
    outputs: [{ dtype: indexType, shape: x.shape.slice(0, -1) }],
  });
  return out;
}

/** Whether the value of `labels` is among the `k` largest of its row: [batch, n] and [batch] -> [batch]. */
export function inTop(values: Tensor<'float32'>, labels: Tensor<'int32'>, k: number): Tensor<'bool'> {
  const check = checksFor(values.graph, 'InTopKV2');
  check.rank('values', values, 2);
  const shape = [dimension(values.shape, 0)];
  check.shape('labels', labels, shape);
  const [out] = values.graph.add({
    type: 'InTopKV2',
    inputs: [values, labels, constant(values.graph, 'int32', k)],
    attributes: { T: attr.type('int32') },
    outputs: [{ dtype: 'bool', shape }],
  });
  return out;
}
