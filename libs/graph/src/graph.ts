import { attr, type Attributes } from './attribute';
import type { DType } from './dtype';
import { Frame } from './frame';
import { GraphError } from './graph-error';
import { OncePerLoop } from './once-per-loop';
import { Tensor, type Operation } from './tensor';
import type { Shape } from './shape';
import { anyTarget, type Target } from './target';
import type { GraphFunction } from './graph-function';
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
  /** Where the outputs exist, if not in the loop of the inputs: for Enter and Exit. */
  readonly into?: { readonly frame: Frame | undefined };
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
  readonly #variableNames = new Set<string>();
  readonly #functions = new Map<string, GraphFunction>();
  readonly #names = new Map<string, number>();
  #scope: readonly string[] = [];
  #frame: Frame | undefined;
  readonly #shared = new OncePerLoop(this, () => new Map<string, Tensor>());

  /** @param target what it is to run on */
  constructor(readonly target: Target = anyTarget) {}

  /** All nodes, each after its inputs. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** All variables, in the order in which they were created. */
  get variables(): readonly Variable[] {
    return this.#variables;
  }

  /** What nodes may call, by name. */
  get functions(): ReadonlyMap<string, GraphFunction> {
    return this.#functions;
  }

  /** The function of this name, built where there is none yet. */
  function(name: string, build: (name: string) => GraphFunction): GraphFunction {
    const known = this.#functions.get(name) ?? build(name);
    this.#functions.set(name, known);
    return known;
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

  /** The loop that nodes are being added to; absent outside of loops. */
  get frame(): Frame | undefined {
    return this.#frame;
  }

  /** A loop inside the present one, in which `within` builds. @param name made unique */
  newFrame(name: string): Frame {
    return new Frame(this.#unique(this.label(name)), this.#frame);
  }

  /** Nodes built inside `build` are part of this loop, or of none. */
  within<T>(frame: Frame | undefined, build: () => T): T {
    const outer = this.#frame;
    this.#frame = frame;
    try {
      return build();
    } finally {
      this.#frame = outer;
    }
  }

  /**
   * Takes a value into a loop that is about to run: constant for all iterations, or for the first of them.
   *
   * @param frame a loop of the present frame
   */
  enter<D extends DType>(frame: Frame, value: Tensor<D>, options: { readonly constant: boolean }): Tensor<D> {
    const [entered] = this.rootScope(() =>
      this.add({
        type: 'Enter',
        name: `${frame.name}/Enter`,
        inputs: [value],
        attributes: {
          T: attr.type(value.dtype),
          frame_name: attr.string(frame.name),
          is_constant: attr.bool(options.constant),
          // One at a time: an iteration starts from the variables that the one before has left.
          parallel_iterations: attr.int(1),
        },
        outputs: [{ dtype: value.dtype, shape: value.shape }],
        into: { frame },
      }),
    );
    return entered;
  }

  /** Gives a Merge node its second input, the value of the next iteration, which is built after it. */
  addBackEdge(merge: Tensor, next: Tensor): void {
    // The one place where a node changes: a loop is a cycle, and something has to come first.
    (merge.operation.inputs as Tensor[]).push(next);
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

  /**
   * A value that every loop has once at most: what was built for the same key first. Fewer nodes are loaded, placed and
   * optimised sooner.
   *
   * @param build builds the same for the same key, from nothing but constants
   */
  shared<D extends DType>(key: string, build: () => Tensor<D>): Tensor<D> {
    const known = this.#shared.value;
    const value = known.get(key) ?? this.rootScope(build);
    known.set(key, value);
    // Built for the same key: of the same type.
    return value as Tensor<D>;
  }

  /** Appends a node that has an effect and no outputs. */
  addEffect(node: NodeSpec): Operation {
    return this.#append(node, []);
  }

  addVariable(variable: Variable): void {
    for (const { name } of new Set([variable, ...variable.parts])) {
      if (this.#variableNames.has(name))
        throw new GraphError(name, 'a name that no other variable has', name);
      this.#variableNames.add(name);
    }
    this.#variables.push(variable);
  }

  #append(node: NodeSpec, outputs: readonly OutputSpec[]): Operation {
    const label = this.label(node.name ?? node.type);
    const given = node.inputs ?? [];
    const stranger = given.find((input) => input.graph !== this);
    if (stranger)
      throw new GraphError(label, 'inputs of the same graph', `${stranger.name} of another graph`);
    const inputs = given.map((input) => this.#visible(input, label));
    if (!NAME.test(label)) throw new GraphError(label, 'a name TensorFlow accepts', JSON.stringify(label));
    const values: Tensor[] = [];
    const operation: Operation = {
      graph: this,
      type: node.type,
      name: this.#unique(label),
      inputs,
      control: this.#control(node.after ?? [], inputs, label),
      attributes: node.attributes ?? {},
      outputs: values,
      frame: node.into ? node.into.frame : this.#frame,
    };
    values.push(...outputs.map(({ dtype, shape }, i) => new Tensor(operation, i, dtype, shape)));
    this.#operations.push(operation);
    return operation;
  }

  /** The value as nodes of the present loop see it: one from further out is captured. */
  #visible(value: Tensor, label: string): Tensor {
    const [frame, home] = [this.#frame, value.operation.frame];
    if (frame === home) return value;
    if (!frame?.isInside(home))
      throw new GraphError(label, 'inputs from its own loop or outside of it', `${value.name} of another`);
    const known = frame.captured.get(value);
    if (known) return known;
    const captured = this.within(frame.outer, () => this.enter(frame, value, { constant: true }));
    frame.captured.set(value, captured);
    return captured;
  }

  /** What a node waits for. In a loop, one that would not wait for the iteration otherwise gets its start as well. */
  #control(after: readonly Operation[], inputs: readonly Tensor[], label: string): readonly Operation[] {
    const stranger = after.find(({ frame }) => frame !== this.#frame);
    if (stranger) throw new GraphError(label, 'to wait for nodes of its own loop', stranger.name);
    const start = this.#frame?.start;
    const free = after.length === 0 && inputs.every(isCaptured);
    return start && free ? [start] : after;
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

const isCaptured = ({ operation }: Tensor): boolean =>
  operation.type === 'Enter' && operation.attributes['is_constant']?.value === true;
