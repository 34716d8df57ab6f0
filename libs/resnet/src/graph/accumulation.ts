import {
  add,
  constant,
  fill,
  loop,
  multiply,
  type Graph,
  type Operation,
  type Shape,
  type Tensor,
} from '@fathom/graph';

/** What a part of a batch, or all of it, has to say to the optimiser. */
export interface BatchGradients {
  /** Mean over the images: scalar. */
  readonly loss: Tensor<'float32'>;
  /** Images whose largest logit is that of their label: scalar. */
  readonly correct: Tensor<'float32'>;
  /** Of the mean loss, one per parameter. */
  readonly gradients: readonly Tensor<'float32'>[];
  /** Nodes after which the running statistics have seen the images. */
  readonly statisticsUpdates: readonly Operation[];
}

/**
 * The gradients of a batch that is seen in equal parts, one after the other, so that only one of them is in memory:
 * the mean of theirs. Batch normalisation takes the statistics of a part.
 *
 * @param shapes of the gradients
 * @param partial builds part `index`, a scalar
 */
export function accumulated(
  graph: Graph,
  parts: number,
  shapes: readonly Shape[],
  partial: (index: Tensor<'int32'>) => BatchGradients,
): BatchGradients {
  if (parts === 1) return partial(constant(graph, 'int32', 0));
  const zero = (shape: Shape) => fill(graph, 'float32', 0, shape);
  const none: readonly Tensor<'float32'>[] = [[], [], ...shapes].map(zero);
  const sums = loop({ name: 'parts', count: constant(graph, 'int32', parts) }, none, (index, soFar) => {
    const { loss, correct, gradients, statisticsUpdates } = partial(index);
    const carried = [loss, correct, ...gradients].map((value, i) => add(at(soFar, i), value));
    return { carried, after: statisticsUpdates };
  });
  const share = constant(graph, 'float32', 1 / parts);
  const [loss, correct, ...gradients] = sums.map((sum, i) => (i === 1 ? sum : multiply(sum, share)));
  return {
    loss: at([loss], 0),
    correct: at([correct], 0),
    gradients,
    // A value leaves the loop once all of its iterations are done.
    statisticsUpdates: [at(sums, 0).operation],
  };
}

function at<T>(list: readonly (T | undefined)[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError(`there is no value ${String(index)}`);
  return value;
}
