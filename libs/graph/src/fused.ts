import { attr } from './attribute';
import type { DType } from './dtype';
import type { GradientRule, GradientRules } from './gradient-rule';
import { Graph } from './graph';
import { GraphError } from './graph-error';
import type { GraphFunction } from './graph-function';
import { reshape } from './ops/shape';
import { placeholder } from './ops/source';
import { sizeOf } from './shape';
import type { Tensor } from './tensor';

/** Ops that go over vectors of one length element by element. */
type Build<D extends DType> = (...inputs: Tensor<D>[]) => Tensor<D>;

/**
 * Such ops as a single one, which TensorFlow's XLA compiles when it first runs: it reads every input once, and keeps what
 * is between the ops in registers, in float32. A TensorFlow without XLA runs the ops of the function one by one.
 *
 * @param name of the node and, with its type, of the function: the same for the same ops
 * @param inputs at least one, all of one type and number of elements
 * @param gradient the rule of the node, where it is to have one; upstream and results are vectors
 * @returns all elements in their order: a vector, because XLA compiles loops over short last axes badly
 */
export function fused<D extends DType>(
  name: string,
  inputs: readonly [Tensor<D>, ...Tensor<D>[]],
  build: Build<D>,
  gradient?: GradientRule,
): Tensor<D> {
  const [{ graph, dtype, shape }] = inputs;
  const flat = inputs.map((input) => reshape(input, [sizeOf(shape)]));
  const { name: f } = graph.function(`${name}_${dtype}`, (unique) =>
    functionOf(unique, flat, build, gradient),
  );
  const [out] = graph.add({
    type: 'PartitionedCall',
    name,
    inputs: flat,
    attributes: {
      Tin: attr.types(inputs.map((input) => input.dtype)),
      Tout: attr.types([dtype]),
      f: attr.function(f),
      _XlaMustCompile: attr.bool(true),
    },
    outputs: [{ dtype, shape: [sizeOf(shape)] }],
  });
  return out;
}

function functionOf<D extends DType>(
  name: string,
  inputs: readonly Tensor<D>[],
  build: Build<D>,
  gradient: GradientRule | undefined,
): GraphFunction {
  const body = new Graph();
  const args = inputs.map(({ dtype, shape }, i) => placeholder(body, `input${String(i)}`, dtype, shape));
  return { name, inputs: args, output: build(...args), gradient };
}

/** By the functions that are called. */
export const functionGradients: GradientRules = {
  PartitionedCall: (call, upstream, wanted) => {
    const { f } = call.attributes;
    const rule = f?.kind === 'function' ? call.graph.functions.get(f.value)?.gradient : undefined;
    if (!rule) throw new GraphError(call.name, 'a function with a gradient rule', 'one that has none');
    return rule(call, upstream, wanted);
  },
};
