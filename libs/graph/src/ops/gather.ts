import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { DType, IndexDType } from '../dtype';
import type { Tensor } from '../tensor';
import { constant } from './source';

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
