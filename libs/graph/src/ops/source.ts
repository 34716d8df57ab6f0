import { attr } from '../attribute';
import type { DType } from '../dtype';
import { checksFor } from '../checks';
import type { Graph } from '../graph';
import { literal, type ConstantDType, type LiteralValues } from '../literal';
import { sizeOf, type Shape } from '../shape';
import type { Operation, Tensor } from '../tensor';
import { gather } from './gather';

/** A value given at every run. `name` is what the run's feeds call it, prefixed by the open scope. */
export function placeholder<D extends DType>(graph: Graph, name: string, dtype: D, shape: Shape): Tensor<D> {
  const [out] = graph.within(undefined, () =>
    graph.add({
      type: 'Placeholder',
      name,
      attributes: { dtype: attr.type(dtype), shape: attr.shape(shape) },
      outputs: [{ dtype, shape }],
    }),
  );
  return out;
}

/** Values for the iterations of a loop: the run feeds [n, ...shape], n of its own choice. */
export interface Series<D extends DType> {
  /** The value of one iteration. @param index scalar, below n, or the run fails */
  at(index: Tensor<'int32'>): Tensor<D>;
}

/** A placeholder for a series. */
export function series<D extends DType>(graph: Graph, name: string, dtype: D, shape: Shape): Series<D> {
  const rows = placeholder(graph, name, dtype, [-1, ...shape]);
  return { at: (index) => gather(rows, index) };
}

/**
 * A value known when the graph is built.
 *
 * @param values row-major; one number fills a scalar
 * @param shape `[values.length]` for a list, `[]` for a number, if absent
 */
export function constant<D extends ConstantDType>(
  graph: Graph,
  dtype: D,
  values: LiteralValues,
  shape: Shape = typeof values === 'number' ? [] : [values.length],
): Tensor<D> {
  const list = typeof values === 'number' ? [values] : values;
  checksFor(graph, 'Const').that(
    list.length === sizeOf(shape),
    `${String(sizeOf(shape))} values`,
    list.length,
  );
  const value = literal(dtype, list, shape);
  const build = () => {
    const [out] = graph.add({
      type: 'Const',
      attributes: { dtype: attr.type(dtype), value: attr.tensor(value) },
      outputs: [{ dtype, shape }],
    });
    return out;
  };
  if (value.bytes.length > SHARED_BYTES) return build();
  return graph.shared(['Const', dtype, shape, value.bytes].join(' '), build);
}

/** Up to which constants are compared by their bytes: those that stand in a graph a hundred times are small. */
const SHARED_BYTES = 64;

/** One number everywhere, made when the graph runs: unlike a constant it takes no room in the graph. */
export function fill<D extends ConstantDType>(
  graph: Graph,
  dtype: D,
  value: number,
  shape: Shape,
): Tensor<D> {
  const inputs = [constant(graph, 'int32', shape), constant(graph, dtype, value)];
  return graph.shared(['Fill', ...inputs.map(({ name }) => name)].join(' '), () => {
    const [out] = graph.add({
      type: 'Fill',
      inputs,
      attributes: { T: attr.type(dtype), index_type: attr.type('int32') },
      outputs: [{ dtype, shape }],
    });
    return out;
  });
}

/** `value` once every node of `after` has run. */
export function identity<D extends DType>(
  value: Tensor<D>,
  options: { readonly name?: string; readonly after?: readonly Operation[] } = {},
): Tensor<D> {
  const [out] = value.graph.add({
    type: 'Identity',
    inputs: [value],
    attributes: { T: attr.type(value.dtype) },
    outputs: [{ dtype: value.dtype, shape: value.shape }],
    ...options,
  });
  return out;
}

/** A node that has run once all of `operations` have. */
export function group(graph: Graph, operations: readonly Operation[], name: string): Operation {
  return graph.addEffect({ type: 'NoOp', name, after: operations });
}
