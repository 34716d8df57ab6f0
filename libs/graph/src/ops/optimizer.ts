import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { Operation, Tensor } from '../tensor';
import { checkStep } from './check-step';
import { add, addAll, divide, multiply } from './arithmetic';
import { sqrt } from './elementwise';
import { setting, type Setting } from './setting';
import { constant } from './source';
import type { Variable } from './variable';

export interface MomentumOptions {
  /** scalar */
  readonly learningRate: Tensor<'float32'>;
  readonly momentum: Setting;
  readonly nesterov?: boolean;
  /** L2 coefficient: its multiple of the weight is added to the gradient. */
  readonly weightDecay?: Setting;
  /** The weight shrinks by rate times this share of itself. */
  readonly decoupledDecay?: number;
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
  options: MomentumOptions,
): Operation {
  const { graph } = gradient;
  const { learningRate, momentum, nesterov = false, weightDecay = 0, decoupledDecay = 0 } = options;
  checkStep('ResourceApplyMomentum', weight, { velocity }, gradient, learningRate);
  const decay = l2(weight, velocity, gradient, { momentum, nesterov, weightDecay });
  return graph.addEffect({
    type: 'ResourceApplyMomentum',
    inputs: [weight.handle, velocity.handle, learningRate, decay.gradient, setting(graph, momentum)],
    attributes: {
      T: attr.type('float32'),
      use_locking: attr.bool(false),
      use_nesterov: attr.bool(nesterov),
    },
    after: [...decay.after, ...shrunk(weight, gradient, learningRate, decoupledDecay)],
  });
}

/**
 * The decay as a part of the gradient or, where that comes to the same, of the velocity ahead of the step, which takes one
 * pass over memory instead of two: momentum (v + decay / momentum w) + g.
 */
function l2(
  weight: Variable,
  velocity: Variable,
  gradient: Tensor<'float32'>,
  {
    momentum,
    nesterov,
    weightDecay,
  }: Required<Pick<MomentumOptions, 'momentum' | 'nesterov' | 'weightDecay'>>,
): { readonly gradient: Tensor<'float32'>; readonly after: readonly Operation[] } {
  const { graph } = gradient;
  if (weightDecay === 0) return { gradient, after: [] };
  if (nesterov || typeof momentum !== 'number' || typeof weightDecay !== 'number' || momentum === 0)
    return { gradient: add(gradient, multiply(weight.value, setting(graph, weightDecay))), after: [] };
  const against = constant(graph, 'float32', -weightDecay / momentum);
  // Just ahead of the step, which finds both in the cache.
  return { gradient, after: [moveAgainst(velocity, weight.value, against, [gradient.operation])] };
}

/** The two means that Adam keeps of a weight: variables of its shape, zero before the first step. */
export interface AdamMoments {
  /** Of gradients. */
  readonly mean: Variable;
  /** Of squared gradients. */
  readonly square: Variable;
}

export interface AdamOptions {
  /** scalar */
  readonly learningRate: Tensor<'float32'>;
  readonly beta1: Setting;
  readonly beta2: Setting;
  readonly epsilon: number;
  /** 1 - beta1^t of step t, from 1 on, scalar. */
  readonly meanCorrection: Tensor<'float32'>;
  /** 1 - beta2^t */
  readonly squareCorrection: Tensor<'float32'>;
  /** The weight shrinks by rate times this share of itself. */
  readonly weightDecay?: number;
}

/**
 * One step of AdamW as torch.optim.AdamW has it (Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 2, with the
 * decay scaled by the learning rate): w = w - rate decay w; m and v as in Kingma and Ba 2015 (arXiv 1412.6980);
 * w = w - rate (m / c1) / (sqrt(v / c2) + epsilon), with the corrections c1 and c2.
 */
export function applyAdam(
  weight: Variable,
  { mean, square }: AdamMoments,
  gradient: Tensor<'float32'>,
  options: AdamOptions,
): Operation {
  const { graph } = gradient;
  const { learningRate, beta1, beta2, epsilon, meanCorrection, squareCorrection, weightDecay = 0 } = options;
  checkStep('ResourceApplyAdam', weight, { mean, square }, gradient, learningRate);
  const float = (value: number) => constant(graph, 'float32', value);
  // The kernel divides by sqrt(v) + epsilon and would compute the corrections from powers that round badly near 1:
  // it gets powers of 0, and the corrections come with the rate and epsilon.
  const root = sqrt(squareCorrection);
  return graph.addEffect({
    type: 'ResourceApplyAdam',
    inputs: [
      weight.handle,
      mean.handle,
      square.handle,
      float(0),
      float(0),
      multiply(learningRate, divide(root, meanCorrection)),
      setting(graph, beta1),
      setting(graph, beta2),
      multiply(root, float(epsilon)),
      gradient,
    ],
    attributes: {
      T: attr.type('float32'),
      use_locking: attr.bool(false),
      use_nesterov: attr.bool(false),
    },
    after: shrunk(weight, gradient, learningRate, weightDecay),
  });
}

/** The decay of a weight ahead of its step, if there is any: weight = weight - rate decay weight. */
function shrunk(
  weight: Variable,
  gradient: Tensor<'float32'>,
  rate: Tensor<'float32'>,
  decay: number,
): readonly Operation[] {
  if (decay === 0) return [];
  const share = multiply(rate, constant(rate.graph, 'float32', decay));
  // Not before the gradient is there: until then the weight is in use, and changing it would copy it.
  return [moveAgainst(weight, weight.value, share, [gradient.operation])];
}

/**
 * target = target - rate direction
 *
 * @param rate scalar
 * @param direction of the shape of `target`
 */
export function moveAgainst(
  target: Variable,
  direction: Tensor<'float32'>,
  rate: Tensor<'float32'>,
  after: readonly Operation[] = [],
): Operation {
  const check = checksFor(direction.graph, 'ResourceApplyGradientDescent');
  check.shape('direction', direction, target.shape);
  check.shape('rate', rate, []);
  return direction.graph.addEffect({
    type: 'ResourceApplyGradientDescent',
    inputs: [target.handle, rate, direction],
    attributes: { T: attr.type('float32'), use_locking: attr.bool(false) },
    after,
  });
}

/** The square root of the sum of the squares of every number of every tensor: a scalar. */
export function globalNorm(tensors: readonly Tensor<'float32'>[]): Tensor<'float32'> {
  const halves = addAll(
    tensors.map((x) => {
      const [half] = x.graph.add({
        type: 'L2Loss',
        inputs: [x],
        attributes: { T: attr.type('float32') },
        outputs: [{ dtype: 'float32', shape: [] }],
      });
      return half;
    }),
  );
  return sqrt(multiply(halves, constant(halves.graph, 'float32', 2)));
}
