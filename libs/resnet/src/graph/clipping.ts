import { add, constant, divide, minimum, type Tensor } from '@fathom/graph';

/** As in torch.nn.utils.clip_grad_norm_: keeps a norm of 0 from being divided by. */
const EPSILON = 1e-6;

/**
 * What gradients are multiplied by so that the norm of all of them together is at most `limit`: limit / norm, at most
 * 1 (Pascanu et al. 2013, arXiv 1211.5063, section 3.2). Every gradient shrinks by the same factor, so that the
 * direction of the step stays.
 *
 * @param norm scalar, of all gradients
 * @param limit above 0
 */
export function clippingFactor(norm: Tensor<'float32'>, limit: number): Tensor<'float32'> {
  const float = (value: number) => constant(norm.graph, 'float32', value);
  return minimum(divide(float(limit), add(norm, float(EPSILON))), float(1));
}
