import { attr } from '../attribute';
import { checksFor } from '../checks';
import { sizeOf, type Shape } from '../shape';
import type { Tensor } from '../tensor';
import { constant } from './source';

/** Two numbers that decide every value drawn: the same key gives the same values, on every run and machine. */
export type RandomKey = Tensor<'int32'>;

function stateless(type: string, key: RandomKey, shape: Shape): Tensor<'float32'> {
  checksFor(key.graph, type).shape('key', key, [2]);
  const [out] = key.graph.add({
    type,
    inputs: [constant(key.graph, 'int32', shape), key],
    attributes: { dtype: attr.type('float32'), T: attr.type('int32'), Tseed: attr.type('int32') },
    outputs: [{ dtype: 'float32', shape }],
  });
  return out;
}

/** Uniform in [0, 1). */
export const randomUniform = (key: RandomKey, shape: Shape): Tensor<'float32'> =>
  stateless('StatelessRandomUniform', key, shape);

/** Standard normal. */
export const randomNormal = (key: RandomKey, shape: Shape): Tensor<'float32'> =>
  stateless('StatelessRandomNormal', key, shape);

/** The key [seed, stream]: one stream for every use of one seed. @param seed scalar */
export function randomKey(seed: Tensor<'int32'>, stream: number | Tensor<'int32'>): RandomKey {
  const { graph } = seed;
  const second = typeof stream === 'number' ? constant(graph, 'int32', stream) : stream;
  const check = checksFor(graph, 'Pack');
  check.shape('seed', seed, []);
  check.shape('stream', second, []);
  const [out] = graph.add({
    type: 'Pack',
    inputs: [seed, second],
    attributes: { N: attr.int(2), T: attr.type('int32'), axis: attr.int(0) },
    outputs: [{ dtype: 'int32', shape: [sizeOf([2])] }],
  });
  return out;
}
