import { attr } from '../attribute';
import { checksFor } from '../checks';
import { sizeOf, type Shape } from '../shape';
import type { Tensor } from '../tensor';
import { add, multiply, subtract } from './arithmetic';
import { log, sigmoid } from './elementwise';
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

/**
 * Gamma distributed with shape `alpha` and scale 1.
 *
 * @param alpha above 0; far below 1 float32 underflows to 0
 */
export function randomGamma(key: RandomKey, shape: Shape, alpha: number): Tensor<'float32'> {
  const { graph } = key;
  const check = checksFor(graph, 'StatelessRandomGammaV2');
  check.shape('key', key, [2]);
  check.that(alpha > 0, 'an alpha above 0', alpha);
  const [out] = graph.add({
    type: 'StatelessRandomGammaV2',
    inputs: [constant(graph, 'int32', shape), key, constant(graph, 'float32', filled(shape, alpha), shape)],
    attributes: { dtype: attr.type('float32'), T: attr.type('int32'), Tseed: attr.type('int32') },
    outputs: [{ dtype: 'float32', shape }],
  });
  return out;
}

const filled = (shape: Shape, value: number): number[] => new Array<number>(sizeOf(shape)).fill(value);

/**
 * Beta(alpha, alpha) distributed, between 0 and 1, for any alpha above 0: x / (x + y) of two gamma variables, by their
 * logarithms, because both underflow for a small alpha. Gamma(alpha) is Gamma(alpha + 1) U^(1 / alpha) (Marsaglia and
 * Tsang 2000, A simple method for generating gamma variables, section 6).
 */
export function randomBeta(key: RandomKey, shape: Shape, alpha: number): Tensor<'float32'> {
  const { graph } = key;
  const logGamma = (stream: number) => {
    // 1 - u is in (0, 1], of which a logarithm can be taken.
    const uniform = subtract(constant(graph, 'float32', 1), randomUniform(streamOf(key, stream), shape));
    return add(
      log(randomGamma(streamOf(key, stream + 1), shape, alpha + 1)),
      multiply(log(uniform), constant(graph, 'float32', 1 / alpha)),
    );
  };
  return sigmoid(subtract(logGamma(0), logGamma(2)));
}

/**
 * Another key for another use of the same two numbers, which draws independently of it. Stream 0 is the key itself.
 */
export function streamOf(key: RandomKey, stream: number): RandomKey {
  if (stream === 0) return key;
  // The golden ratio as an integer: multiples of it are far apart and far from the small seeds that people choose.
  return add(key, constant(key.graph, 'int32', [Math.imul(stream, 0x9e3779b9 | 0), 0]));
}

/** The key [seed, stream]: every use of one seed has a stream of its own. @param seed scalar */
export const randomKey = (seed: Tensor<'int32'>, stream: number): RandomKey =>
  stack([seed, constant(seed.graph, 'int32', stream)]);
