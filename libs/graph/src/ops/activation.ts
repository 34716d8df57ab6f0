import { attr } from '../attribute';
import type { FloatDType } from '../dtype';
import { firstOutputRule, floatOutput, type GradientRules } from '../gradient-rule';
import type { Tensor } from '../tensor';

/** max(x, 0), element by element. */
export function relu<D extends FloatDType>(x: Tensor<D>): Tensor<D> {
  const [out] = x.graph.add({
    type: 'Relu',
    inputs: [x],
    attributes: { T: attr.type(x.dtype) },
    outputs: [{ dtype: x.dtype, shape: x.shape }],
  });
  return out;
}

export const activationGradients: GradientRules = {
  // Where the output is 0 so is the gradient; keeping y rather than x lets the input's memory go.
  Relu: firstOutputRule((g, op) => {
    const y = floatOutput(op, 0);
    const [out] = g.graph.add({
      type: 'ReluGrad',
      inputs: [g, y],
      attributes: { T: attr.type(g.dtype) },
      outputs: [{ dtype: g.dtype, shape: g.shape }],
    });
    return [out];
  }),
};
