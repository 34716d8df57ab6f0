import { isFloat, type FloatDType } from './dtype';
import type { Operation, Tensor } from './tensor';

/** A gradient has the float type of the value it belongs to. */
export type Gradient = Tensor<FloatDType>;

/**
 * Builds the gradient nodes of one op.
 *
 * @param operation the forward node
 * @param upstream per output, dLoss/dOutput; undefined where the loss does not depend on that output
 * @param wanted per input, whether anybody asks for its gradient
 * @returns per input, dLoss/dInput; undefined for inputs that have none or whose gradient is not wanted
 */
export type GradientRule = (
  operation: Operation,
  upstream: readonly (Gradient | undefined)[],
  wanted: readonly boolean[],
) => readonly (Gradient | undefined)[];

/** Rules by op type, such as `Conv2D`. */
export type GradientRules = Readonly<Record<string, GradientRule>>;

/** The rule of an op of which only the first output is differentiable. */
export function firstOutputRule(
  rule: (
    upstream: Gradient,
    operation: Operation,
    wanted: readonly boolean[],
  ) => readonly (Gradient | undefined)[],
): GradientRule {
  return (operation, [upstream], wanted) => (upstream ? rule(upstream, operation, wanted) : []);
}

/** Input `index` of a forward node, of whatever type its builder took. */
export function inputOf(operation: Operation, index: number): Tensor {
  const tensor = operation.inputs[index];
  if (!tensor) throw new RangeError(`${operation.name} has no input ${String(index)}`);
  return tensor;
}

/** Input `index` of a forward node whose builder took a float there. */
export const floatInput = (operation: Operation, index: number): Tensor<FloatDType> =>
  asFloat(inputOf(operation, index));

/** Output `index` of a forward node whose builder made a float there. */
export function floatOutput(operation: Operation, index: number): Tensor<FloatDType> {
  const tensor = operation.outputs[index];
  if (!tensor) throw new RangeError(`${operation.name} has no output ${String(index)}`);
  return asFloat(tensor);
}

export function asFloat(tensor: Tensor): Tensor<FloatDType> {
  if (!hasFloatType(tensor)) throw new TypeError(`${tensor.name} is ${tensor.dtype}, not a float`);
  return tensor;
}

const hasFloatType = (tensor: Tensor): tensor is Tensor<FloatDType> => isFloat(tensor.dtype);

/** The numbers of an int32 constant input: axes, paddings and the like. */
export const constantInput = (operation: Operation, index: number): readonly number[] => {
  const value = inputOf(operation, index).operation.attributes['value'];
  if (value?.kind !== 'tensor')
    throw new TypeError(`${operation.name}: input ${String(index)} is not a constant`);
  return [...new Int32Array(value.value.bytes.buffer)];
};
