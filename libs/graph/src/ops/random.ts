import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { Shape } from '../shape';
import type { Tensor } from '../tensor';
import { stack } from './shape';
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

/** The key [seed, stream]: every use of one seed has a stream of its own. @param seed scalar */
export const randomKey = (seed: Tensor<'int32'>, stream: number): RandomKey =>
  stack([seed, constant(seed.graph, 'int32', stream)]);
