import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { DType } from '../dtype';
import { dimension, showShape } from '../shape';
import type { Operation, Tensor } from '../tensor';
import { add } from './arithmetic';
import { constant } from './source';
import type { Stored } from './variable';

/**
 * Rows of a stored value by index, without a copy of the whole: stored [n, ...rest], indices [...shape] ->
 * [...shape, ...rest].
 */
export function gatherStored<D extends DType>(stored: Stored<D>, indices: Tensor<'int32'>): Tensor<D> {
  const { graph } = indices;
  checksFor(graph, 'ResourceGather').that(
    stored.shape.length > 0,
    'a stored value of rank 1 or more',
    'a scalar',
  );
  const [out] = graph.add({
    type: 'ResourceGather',
    inputs: [stored.handle, indices],
    attributes: {
      dtype: attr.type(stored.dtype),
      Tindices: attr.type('int32'),
      batch_dims: attr.int(0),
      validate_indices: attr.bool(true),
    },
    outputs: [{ dtype: stored.dtype, shape: [...indices.shape, ...stored.shape.slice(1)] }],
  });
  return out;
}

/**
 * Overwrites rows of a stored value that has been assigned before.
 *
 * @param begin the first of them: [1]
 * @param rows [k, ...rest] for a stored [n, ...rest], k at most n
 */
export function assignRows<D extends DType>(
  stored: Stored<D>,
  begin: Tensor<'int32'>,
  rows: Tensor<D>,
): Operation {
  const { graph } = rows;
  const check = checksFor(graph, 'ResourceStridedSliceAssign');
  check.dtype('rows', rows, stored.dtype);
  check.that(
    rows.shape.slice(1).join() === stored.shape.slice(1).join() &&
      dimension(rows.shape, 0) <= dimension(stored.shape, 0),
    `rows of ${showShape(stored.shape)}`,
    showShape(rows.shape),
  );
  check.shape('begin', begin, [1]);
  const end = add(begin, constant(graph, 'int32', [dimension(rows.shape, 0)]));
  return graph.addEffect({
    type: 'ResourceStridedSliceAssign',
    inputs: [stored.handle, begin, end, constant(graph, 'int32', [1]), rows],
    attributes: {
      T: attr.type(stored.dtype),
      Index: attr.type('int32'),
      begin_mask: attr.int(0),
      end_mask: attr.int(0),
      ellipsis_mask: attr.int(0),
      new_axis_mask: attr.int(0),
      shrink_axis_mask: attr.int(0),
    },
  });
}
