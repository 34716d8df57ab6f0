import { ancestorsOf } from './ancestors';
import { GraphError } from './graph-error';
import { asFloat, type Gradient, type GradientRules } from './gradient-rule';
import { gradientRules } from './ops/gradient-rules';
import { addAll } from './ops/arithmetic';
import { constant } from './ops/source';
import { showShape } from './shape';
import type { Operation, Tensor } from './tensor';
import type { FloatDType } from './dtype';

/**
 * Appends the nodes that compute dLoss/dX for every X of `wrt`, by reverse-mode differentiation: from the loss back
 * through the nodes that lie between it and some X, each by the rule of its op.
 *
 * @param loss scalar
 * @param rules by op type; the library's own if absent
 * @returns one gradient per entry of `wrt`, of its shape and type
 * @throws GraphError where the loss does not depend on an X, or an op on the way has no rule
 */
export function gradients<D extends FloatDType>(
  loss: Tensor<'float32'>,
  wrt: readonly Tensor<D>[],
  rules: GradientRules = gradientRules,
): Tensor<D>[] {
  const { graph } = loss;
  if (loss.shape.length !== 0) throw new GraphError('gradients', 'a scalar loss', showShape(loss.shape));
  const path = operationsBetween(wrt, loss);
  const contributions = new Map<Tensor, Gradient[]>();
  const totals = new Map<Tensor, Gradient>();
  const total = (tensor: Tensor): Gradient | undefined => {
    const known = totals.get(tensor);
    const parts = contributions.get(tensor);
    if (known || !parts) return known;
    const sum = addAll(parts);
    totals.set(tensor, sum);
    return sum;
  };

  return graph.rootScope(() =>
    graph.scope('gradients', () => {
      contributions.set(loss, [constant(graph, 'float32', 1)]);
      for (const operation of path.operations.toReversed())
        graph.scope(operation.name, () => {
          const upstream = operation.outputs.map(total);
          if (upstream.every((g) => g === undefined)) return;
          const rule = rules[operation.type];
          if (!rule)
            throw new GraphError(
              operation.name,
              'an op with a gradient rule',
              `${operation.type}, which has none`,
            );
          const wanted = operation.inputs.map((input) => path.tensors.has(input));
          const downstream = rule(operation, upstream, wanted);
          operation.inputs.forEach((input, i) => {
            const gradient = downstream[i];
            if (!wanted[i] || !gradient) return;
            checkGradient(operation, input, gradient);
            const parts = contributions.get(input);
            if (parts) parts.push(gradient);
            else contributions.set(input, [gradient]);
          });
        });
      return wrt.map((x) => {
        const gradient = total(x);
        if (!gradient) throw new GraphError('gradients', `a loss that depends on ${x.name}`, loss.name);
        // checkGradient has seen that every contribution has the type of x.
        return gradient as Tensor<D>;
      });
    }),
  );
}

/** The nodes on any way from a source to the loss, in order of building, and their outputs and the sources. */
function operationsBetween(
  sources: readonly Tensor[],
  loss: Tensor,
): { operations: readonly Operation[]; tensors: ReadonlySet<Tensor> } {
  const tensors = new Set<Tensor>(sources);
  const ancestors = ancestorsOf([loss.operation]);
  const operations = loss.graph.operations.filter((operation) => {
    if (!ancestors.has(operation) || !operation.inputs.some((input) => tensors.has(input))) return false;
    for (const output of operation.outputs) tensors.add(output);
    return true;
  });
  return { operations, tensors };
}

function checkGradient(operation: Operation, input: Tensor, gradient: Gradient): void {
  const [expected, given] = [input, gradient].map((t) => `${t.dtype} ${showShape(t.shape)}`);
  if (expected !== given)
    throw new GraphError(
      `gradient of ${operation.name}`,
      `${String(expected)}, as ${input.name}`,
      String(given),
    );
  asFloat(input);
}
