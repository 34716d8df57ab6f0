import type { Attributes } from './attribute';
import type { DType } from './dtype';
import { GraphError } from './graph-error';
import { Tensor, type Operation } from './tensor';
import type { Shape } from './shape';
import type { Variable } from './ops/variable';

export interface OutputSpec<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: Shape;
}

export interface NodeSpec {
  readonly type: string;
  /** Last part of the name; the op type if absent. Made unique with a suffix. */
  readonly name?: string;
  readonly inputs?: readonly Tensor[];
  readonly attributes?: Attributes;
  readonly after?: readonly Operation[];
}

type Outputs<O extends readonly OutputSpec[]> = {
  readonly [I in keyof O]: O[I] extends OutputSpec<infer D> ? Tensor<D> : never;
};

const NAME = /^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$/;

/**
 * A TensorFlow graph under construction. Ops are functions (`conv2d(x, filter, …)`) which append nodes to the graph
 * of their inputs; this class knows nodes, names and scopes, and nothing about any particular op.
 */
export class Graph {
  readonly #operations: Operation[] = [];
  readonly #variables: Variable[] = [];
  readonly #names = new Map<string, number>();
  #scope: readonly string[] = [];

  /** All nodes, each after its inputs. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** All variables, in the order in which they were created. */
  get variables(): readonly Variable[] {
    return this.#variables;
  }

  /** Nodes built inside `build` are named `<scope>/…`; scopes nest. */
  scope<T>(name: string, build: () => T): T {
    const outer = this.#scope;
    this.#scope = [...outer, name];
    try {
      return build();
    } finally {
      this.#scope = outer;
    }
  }

  /** Nodes built inside `build` are named from the root again, whatever scope is open. */
  rootScope<T>(build: () => T): T {
    const outer = this.#scope;
    this.#scope = [];
    try {
      return build();
    } finally {
      this.#scope = outer;
    }
  }

  /** The name `type` would get here, before it is made unique: for messages. */
  label(type: string): string {
    return [...this.#scope, type].join('/');
  }

  /** Appends a node and returns its outputs, typed as specified. */
  add<const O extends readonly OutputSpec[]>(node: NodeSpec & { readonly outputs: O }): Outputs<O> {
    // The mapped tuple type says what `map` cannot: output i has dtype outputs[i].dtype.
    return this.#append(node, node.outputs).outputs as Outputs<O>;
  }

  /** Appends a node that has an effect and no outputs. */
  addEffect(node: NodeSpec): Operation {
    return this.#append(node, []);
  }

  addVariable(variable: Variable): void {
    this.#variables.push(variable);
  }

  #append(node: NodeSpec, outputs: readonly OutputSpec[]): Operation {
    const label = this.label(node.name ?? node.type);
    const inputs = node.inputs ?? [];
    const stranger = inputs.find((input) => input.graph !== this);
    if (stranger)
      throw new GraphError(label, 'inputs of the same graph', `${stranger.name} of another graph`);
    if (!NAME.test(label)) throw new GraphError(label, 'a name TensorFlow accepts', JSON.stringify(label));
    const values: Tensor[] = [];
    const operation: Operation = {
      graph: this,
      type: node.type,
      name: this.#unique(label),
      inputs,
      control: node.after ?? [],
      attributes: node.attributes ?? {},
      outputs: values,
    };
    values.push(...outputs.map(({ dtype, shape }, i) => new Tensor(operation, i, dtype, shape)));
    this.#operations.push(operation);
    return operation;
  }

  #unique(label: string): string {
    const used = this.#names.get(label);
    if (used === undefined) {
      this.#names.set(label, 1);
      return label;
    }
    this.#names.set(label, used + 1);
    return this.#unique(`${label}_${String(used)}`);
  }
}
