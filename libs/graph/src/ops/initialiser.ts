import type { Tensor } from '../tensor';
import { add, multiply } from './arithmetic';
import { fanIn, fanOut } from './convolution';
import { randomKey, randomNormal, randomUniform } from './random';
import { constant, fill } from './source';
import type { Initialiser } from './variable';

export const zeros: Initialiser = (graph, shape) => filled(0)(graph, shape);
export const ones: Initialiser = (graph, shape) => filled(1)(graph, shape);

export const filled =
  (value: number): Initialiser =>
  (graph, shape) =>
    fill(graph, 'float32', value, shape);

export const values =
  (list: ArrayLike<number>): Initialiser =>
  (graph, shape) =>
    constant(graph, 'float32', list, shape);

/**
 * Normal with variance 2 / fan (He et al. 2015, arXiv 1502.01852, equation 14 for fan-out, 10 for fan-in).
 *
 * @param seed scalar, fed or constant
 * @param stream distinguishes this variable from the others of the seed
 */
export const heNormal =
  (seed: Tensor<'int32'>, stream: number, fan: 'in' | 'out' = 'out'): Initialiser =>
  (graph, shape) =>
    multiply(
      randomNormal(randomKey(seed, stream), shape),
      constant(graph, 'float32', Math.sqrt(2 / (fan === 'in' ? fanIn(shape) : fanOut(shape)))),
    );

/** Uniform in [-bound, bound). */
export const uniform =
  (seed: Tensor<'int32'>, stream: number, bound: number): Initialiser =>
  (graph, shape) =>
    add(
      multiply(randomUniform(randomKey(seed, stream), shape), constant(graph, 'float32', 2 * bound)),
      constant(graph, 'float32', -bound),
    );
