import {
  add,
  concat,
  constant,
  maximum,
  multiply,
  randomBeta,
  slice,
  subtract,
  type FloatDType,
  type RandomKey,
  type Tensor,
} from '@fathom/graph';

/** How much of each image, and so of its target, stays: scalar, 1/2 to 1. The rest is that of the next one. */
export type Mixture = Tensor<'float32'>;

/**
 * Draws the share of mixup (Zhang et al. 2018, arXiv 1710.09412, equation 1): Beta(alpha, alpha), one for the batch, as
 * in the authors' code. Of lambda and 1 - lambda the larger is taken: which of two images is called the first makes no
 * difference to what is learnt, and so the label of an image is that of its larger part.
 */
export function randomMixture(key: RandomKey, alpha: number): Mixture {
  const share = randomBeta(key, [], alpha);
  return maximum(share, subtract(constant(key.graph, 'float32', 1), share));
}

/** The same mixture at a strength of 1, and none, so that all of each image stays, at 0. */
export function faded(mixture: Mixture, strength: Tensor<'float32'>): Mixture {
  const one = constant(mixture.graph, 'float32', 1);
  return subtract(one, multiply(strength, subtract(one, mixture)));
}

/** Mixes each image with the next of the batch, which the data order has put there at random. [batch, ...] */
export const mixImages = (images: Tensor<'float32'>, mixture: Mixture): Tensor<'float32'> =>
  mixed(images, mixture);

/** Mixes rows of class probabilities in the same way, so that they still add up to 1: [batch, classes] */
export const mixedTargets = (targets: Tensor<'float32'>, mixture: Mixture): Tensor<'float32'> =>
  mixed(targets, mixture);

function mixed(x: Tensor<'float32'>, share: Mixture): Tensor<'float32'> {
  const rest = subtract(constant(x.graph, 'float32', 1), share);
  return add(multiply(x, share), multiply(next(x), rest));
}

/** Row i + 1 in place of row i, and the first in place of the last. */
function next<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  const [batch = 1, ...rest] = x.shape;
  const none = rest.map(() => 0);
  if (batch === 1) return x;
  return concat([slice(x, [1, ...none], [batch - 1, ...rest]), slice(x, [0, ...none], [1, ...rest])], 0);
}
