import type { FloatDType } from '../dtype';
import { fused } from '../fused';
import { firstOutputRule, floatOutput, type Gradient, type GradientRules } from '../gradient-rule';
import { sameShape, sizeOf } from '../shape';
import type { Tensor } from '../tensor';
import { add } from './arithmetic';
import { binary, unary } from './element-by-element';
import { reshape } from './shape';

/** max(x, 0), element by element. */
export const relu = <D extends FloatDType>(x: Tensor<D>): Tensor<D> => unary('Relu', x);

/** relu(a + b) of two tensors of one shape, in one pass where that is faster. */
export const reluOfSum = <D extends FloatDType>(a: Tensor<D>, b: Tensor<D>): Tensor<D> =>
  pays(a) && sameShape(a.shape, b.shape)
    ? reshape(
        fused('ReluOfSum', [a, b], (x, y) => relu(add(x, y)), reluOfSumRule),
        a.shape,
      )
    : relu(add(a, b));

/**
 * dLoss/dx of y = relu(x). Where the output is 0 so is the gradient; keeping y rather than x lets the input's memory go.
 *
 * @param g dLoss/dy
 */
function reluGradient(g: Gradient, y: Gradient): Gradient {
  const plain = (upstream: Gradient, output: Gradient) => binary('ReluGrad', upstream, output, output.dtype);
  if (!pays(y)) return plain(g, y);
  const [a, b] = summands(g) ?? [];
  // The sum itself has no other reader, and is not computed then.
  const gradient =
    a && b
      ? fused('ReluGradOfSum', [a, b, y], (p, q, output) => plain(add(p, q), output))
      : fused('ReluGrad', [g, y], plain);
  return reshape(gradient, y.shape);
}

/** Of what two ways out of y make of its gradient. */
function summands({ operation: { type, inputs }, shape }: Gradient): Gradient[] | undefined {
  const [first] = inputs as Gradient[];
  if (type === 'Reshape' && first) return summands(first);
  const wanted = type === 'AddV2' && inputs.every((input) => sameShape(input.shape, shape));
  return wanted ? (inputs as Gradient[]) : undefined;
}

const reluRule = firstOutputRule((g, operation) => [reluGradient(g, floatOutput(operation, 0))]);
const reluOfSumRule = firstOutputRule((g, operation) => {
  const gradient = reluGradient(g, floatOutput(operation, 0));
  return [gradient, gradient];
});

/**
 * Elements from which on a function pays: TensorFlow takes some 60 ms to compile one for a size, and on two cores with AVX-512
 * half a million elements save that again in 300 to 600 runs, of which a step of a deep network has dozens.
 */
const WORTHWHILE = 500_000;

const pays = ({ dtype, shape, graph }: Tensor): boolean =>
  graph.target.fuses && dtype === 'bfloat16' && sizeOf(shape) >= WORTHWHILE;

export const activationGradients: GradientRules = {
  Relu: reluRule,
};
