import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { DType } from '../dtype';
import type { Frame } from '../frame';
import type { Graph } from '../graph';
import type { Shape } from '../shape';
import type { Operation, Tensor } from '../tensor';
import { constant, group, identity, placeholder } from './source';

/** A value that the session keeps between runs, in the memory of the device that computes. */
export class Stored<D extends DType> {
  readonly handle: Tensor<'resource'>;
  readonly #reads = new Map<Frame | undefined, Tensor<D>>();

  /** Its handle node has the name of the value. */
  constructor(
    graph: Graph,
    readonly name: string,
    readonly dtype: D,
    readonly shape: Shape,
  ) {
    const [handle] = graph.within(undefined, () =>
      graph.rootScope(() =>
        graph.add({
          type: 'VarHandleOp',
          name,
          attributes: {
            dtype: attr.type(dtype),
            shape: attr.shape(shape),
            shared_name: attr.string(name),
            container: attr.string(''),
          },
          outputs: [{ dtype: 'resource', shape: [] }],
        }),
      ),
    );
    this.handle = handle;
    this.#reads.set(
      undefined,
      graph.within(undefined, () => this.#read([])),
    );
  }

  /**
   * The value at the start of the run or, inside a loop, of the iteration: every node that reads it there sees the
   * same.
   */
  get value(): Tensor<D> {
    const { frame } = this.handle.graph;
    const known = this.#reads.get(frame);
    if (known) return known;
    const value = this.#read([]);
    this.#reads.set(frame, value);
    return value;
  }

  /** The value after these nodes have run, such as assignments. */
  valueAfter(operations: readonly Operation[]): Tensor<D> {
    return this.#read(operations);
  }

  #read(after: readonly Operation[]): Tensor<D> {
    const { graph } = this.handle;
    const [value] = graph.rootScope(() =>
      graph.add({
        type: 'ReadVariableOp',
        name: `${this.name}/Read`,
        inputs: [this.handle],
        attributes: { dtype: attr.type(this.dtype) },
        outputs: [{ dtype: this.dtype, shape: this.shape }],
        after,
      }),
    );
    return value;
  }
}

/** A float32 value that training changes: part of what a checkpoint holds. */
export class Variable extends Stored<'float32'> {
  constructor(
    graph: Graph,
    name: string,
    shape: Shape,
    readonly initialiser: Initialiser,
  ) {
    super(graph, name, 'float32', shape);
    graph.addVariable(this);
  }
}

/** Builds the value a variable starts with. */
export type Initialiser = (graph: Graph, shape: Shape) => Tensor<'float32'>;

/** Declares a variable. Its handle node has the variable's name, its value is read by `<name>/Read`. */
export const variable = (graph: Graph, name: string, shape: Shape, initialiser: Initialiser): Variable =>
  new Variable(graph, name, shape, initialiser);

export function assign<D extends DType>(target: Stored<D>, value: Tensor<D>): Operation {
  const check = checksFor(value.graph, 'AssignVariableOp');
  check.shape(`value for ${target.name}`, value, target.shape);
  check.dtype(`value for ${target.name}`, value, target.dtype);
  return value.graph.addEffect({
    type: 'AssignVariableOp',
    inputs: [target.handle, value],
    attributes: { dtype: attr.type(target.dtype), validate_shape: attr.bool(false) },
  });
}

/**
 * A fetch that gives every variable of the graph its initial value.
 *
 * @returns a scalar to fetch
 */
export function initialiseVariables(graph: Graph): Tensor<'float32'> {
  return graph.scope('initialise', () =>
    done(
      graph,
      graph.variables.map((v) => graph.scope(v.name, () => assign(v, v.initialiser(graph, v.shape)))),
    ),
  );
}

/** A fetch that sets variables to fed values: placeholder `restore/<name>` for each. */
export function restoreVariables(graph: Graph, variables: readonly Variable[]): Tensor<'float32'> {
  return graph.scope('restore', () =>
    done(
      graph,
      variables.map((v) => {
        const fed = placeholder(graph, v.name, 'float32', v.shape);
        // A fed tensor may borrow the caller's memory; the variable outlives it and must have its own.
        return graph.scope(v.name, () => assign(v, copy(fed)));
      }),
    ),
  );
}

/** Name of the placeholder by which `restoreVariables` takes the value of a variable. */
export const restorePlaceholder = (name: string): string => `restore/${name}`;

function done(graph: Graph, operations: readonly Operation[]): Tensor<'float32'> {
  const all = group(graph, operations, 'all');
  return identity(constant(graph, 'float32', 1), { name: 'done', after: [all] });
}

function copy(x: Tensor<'float32'>): Tensor<'float32'> {
  const [out] = x.graph.add({
    type: 'DeepCopy',
    inputs: [x],
    attributes: { T: attr.type(x.dtype) },
    outputs: [{ dtype: x.dtype, shape: x.shape }],
  });
  return out;
}
