import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { DType } from '../dtype';
import type { Graph } from '../graph';
import { OncePerLoop } from '../once-per-loop';
import type { Shape } from '../shape';
import type { Operation, Tensor } from '../tensor';
import { constant, group, identity, placeholder } from './source';

/** A value that the session keeps between runs, in the memory of the device that computes. */
export class Stored<D extends DType> {
  readonly handle: Tensor<'resource'>;
  readonly #reads: OncePerLoop<Tensor<D>>;

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
    this.#reads = new OncePerLoop(graph, () => this.#read([]));
    graph.within(undefined, () => this.value);
  }

  /**
   * The value at the start of the run or, inside a loop, of the iteration: every node that reads it there sees the
   * same.
   */
  get value(): Tensor<D> {
    return this.#reads.value;
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

/** What a variable holds under a name of its own. */
export interface Part {
  readonly name: string;
  readonly shape: Shape;
  /** As that of the variable: the value at the start of the run or of the iteration. */
  readonly value: Tensor<'float32'>;
}

/** A float32 value that training changes: what a checkpoint holds, part by part. */
export class Variable extends Stored<'float32'> {
  /** In the order in which they lie in its value: the variable itself, or those that are packed in it. */
  readonly parts: readonly Part[] = [this];

  constructor(
    graph: Graph,
    name: string,
    shape: Shape,
    readonly initialiser: Initialiser,
  ) {
    super(graph, name, 'float32', shape);
  }

  /** Its value, given those of its parts. */
  joined([value]: readonly Tensor<'float32'>[]): Tensor<'float32'> {
    if (!value) throw new RangeError(`${this.name} has a part`);
    return value;
  }
}

/** Builds the value a variable starts with. */
export type Initialiser = (graph: Graph, shape: Shape) => Tensor<'float32'>;

/** Declares a variable. Its handle node has the variable's name, its value is read by `<name>/Read`. */
export function variable(graph: Graph, name: string, shape: Shape, initialiser: Initialiser): Variable {
  const declared = new Variable(graph, name, shape, initialiser);
  graph.addVariable(declared);
  return declared;
}

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

/** A fetch that sets variables to fed values: placeholder `restore/<name>` for each of their parts. */
export function restoreVariables(graph: Graph, variables: readonly Variable[]): Tensor<'float32'> {
  return graph.scope('restore', () =>
    done(
      graph,
      variables.map((v) => {
        const fed = v.parts.map((part) => placeholder(graph, part.name, 'float32', part.shape));
        return assignFed(v, v.joined(fed));
      }),
    ),
  );
}

/** A fetch that sets stored values, which are no variables of the graph, to fed ones: placeholder `fill/<name>` for each. */
export function fillStored(graph: Graph, values: readonly Stored<'float32'>[]): Tensor<'float32'> {
  return graph.scope('fill', () =>
    done(
      graph,
      values.map((stored) => assignFed(stored, placeholder(graph, stored.name, 'float32', stored.shape))),
    ),
  );
}

/** Name of the placeholder by which `fillStored` takes a value. */
export const fillPlaceholder = (name: string): string => `fill/${name}`;

/** Name of the placeholder by which `restoreVariables` takes the value of a part. */
export const restorePlaceholder = (name: string): string => `restore/${name}`;

/** Fed tensors may borrow the caller's memory; what is stored outlives them and must have its own. */
const assignFed = (target: Stored<'float32'>, fed: Tensor<'float32'>): Operation =>
  fed.graph.scope(target.name, () => assign(target, copy(fed)));

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
