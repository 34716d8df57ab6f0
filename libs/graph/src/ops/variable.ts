import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { Graph } from '../graph';
import type { Shape } from '../shape';
import type { Operation, Tensor } from '../tensor';
import { constant, group, identity, placeholder } from './source';

/** A float32 value that the session keeps between runs. */
export interface Variable {
  readonly name: string;
  readonly shape: Shape;
  readonly handle: Tensor<'resource'>;
  /** Its value at the start of a run: every node of a run that reads it sees the same. */
  readonly value: Tensor<'float32'>;
  readonly initialiser: Initialiser;
}

/** Builds the value a variable starts with. */
export type Initialiser = (graph: Graph, shape: Shape) => Tensor<'float32'>;

/** Declares a variable. Its handle node has the variable's name, its value is read by `<name>/Read`. */
export function variable(graph: Graph, name: string, shape: Shape, initialiser: Initialiser): Variable {
  return graph.rootScope(() => {
    const [handle] = graph.add({
      type: 'VarHandleOp',
      name,
      attributes: {
        dtype: attr.type('float32'),
        shape: attr.shape(shape),
        shared_name: attr.string(name),
        container: attr.string(''),
      },
      outputs: [{ dtype: 'resource', shape: [] }],
    });
    const [value] = graph.add({
      type: 'ReadVariableOp',
      name: `${name}/Read`,
      inputs: [handle],
      attributes: { dtype: attr.type('float32') },
      outputs: [{ dtype: 'float32', shape }],
    });
    const declared = { name, shape, handle, value, initialiser };
    graph.addVariable(declared);
    return declared;
  });
}

export function assign(target: Variable, value: Tensor<'float32'>): Operation {
  checksFor(value.graph, 'AssignVariableOp').shape(`value for ${target.name}`, value, target.shape);
  return value.graph.addEffect({
    type: 'AssignVariableOp',
    inputs: [target.handle, value],
    attributes: { dtype: attr.type('float32'), validate_shape: attr.bool(false) },
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
