import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { Operation, Tensor } from '../tensor';
import { add, multiply } from './arithmetic';
import { constant } from './source';
import type { Variable } from './variable';

export interface MomentumOptions {
  /** scalar */
  readonly learningRate: Tensor<'float32'>;
  readonly momentum: number;
  readonly nesterov?: boolean;
  /** L2 coefficient: its multiple of the weight is added to the gradient. */
  readonly weightDecay?: number;
}

/**
 * One step of SGD with momentum, in PyTorch's convention (Sutskever et al. 2013 with the learning rate outside):
 * v = momentum v + g; w = w - rate v, or with Nesterov w = w - rate (g + momentum v).
 *
 * @param velocity a variable of the shape of `weight`, zero before the first step
 */
export function applyMomentum(
  weight: Variable,
  velocity: Variable,
  gradient: Tensor<'float32'>,
  { learningRate, momentum, nesterov = false, weightDecay = 0 }: MomentumOptions,
): Operation {
  const { graph } = gradient;
  const check = checksFor(graph, 'ResourceApplyMomentum');
  check.shape('gradient', gradient, weight.shape);
  check.shape('velocity', velocity.value, weight.shape);
  check.shape('learning rate', learningRate, []);
  const decayed =
    weightDecay === 0
      ? gradient
      : add(gradient, multiply(weight.value, constant(graph, 'float32', weightDecay)));
  return graph.addEffect({
    type: 'ResourceApplyMomentum',
    inputs: [weight.handle, velocity.handle, learningRate, decayed, constant(graph, 'float32', momentum)],
    attributes: {
      T: attr.type('float32'),
      use_locking: attr.bool(false),
      use_nesterov: attr.bool(nesterov),
    },
  });
}
