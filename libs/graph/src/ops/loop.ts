import { attr } from '../attribute';
import { checksFor } from '../checks';
import type { DType } from '../dtype';
import type { Frame } from '../frame';
import { sameShape, showShape, type Shape } from '../shape';
import type { Operation, Tensor } from '../tensor';
import { add } from './arithmetic';
import { reshape } from './shape';
import { constant, fill, identity } from './source';

export interface LoopOptions {
  /** Of the loop and its nodes. */
  readonly name: string;
  /** How often the body runs: scalar, 0 or more. */
  readonly count: Tensor<'int32'>;
}

export interface Iteration<C extends readonly Tensor[]> {
  /** What the next iteration gets, and the loop gives back after the last: of the shapes and types carried so far. */
  readonly carried: C;
  /** Nodes that must have run before the next iteration starts: assignments of variables. */
  readonly after?: readonly Operation[];
}

/**
 * Runs `body` `count` times, one iteration after the other. It is written with TensorFlow's control-flow nodes
 * (Yu et al. 2018, arXiv 1805.01772, section 4) in the graph itself, so that the graph's optimisations reach into it.
 *
 * Inside the body, values from outside may be used like any other, `variable.value` is the value at the start of the
 * iteration, and `gradients` works for what is built inside.
 *
 * @param initial what the first iteration gets
 * @param body builds an iteration. @param index scalar, 0 to count - 1
 * @returns what the last iteration carried; `initial` where there was none
 */
export function loop<const C extends readonly Tensor[]>(
  { name, count }: LoopOptions,
  initial: C,
  body: (index: Tensor<'int32'>, carried: C) => Iteration<C>,
): C {
  const { graph } = count;
  const check = checksFor(graph, name);
  check.shape('count', count, []);
  const frame = graph.newFrame(name);
  const zero = constant(graph, 'int32', 0);
  const counter = new Carried(frame, zero);
  const values = initial.map((value) => new Carried(frame, value));

  return graph.within(frame, () => {
    const inScope = <T>(build: () => T): T => graph.rootScope(() => graph.scope(frame.name, build));
    const index = inScope(() => {
      const [goesOn] = graph.add({
        type: 'LoopCond',
        inputs: [less(counter.merged, count)],
        outputs: [{ dtype: 'bool', shape: [] }],
      });
      for (const value of [counter, ...values]) value.branch(goesOn);
      return identity(counter.inside, { name: 'index' });
    });
    frame.startWith(index.operation);

    // `map` keeps number and types, which its own type cannot say.
    const { carried, after = [] } = body(index, values.map(({ inside }) => inside) as readonly Tensor[] as C);
    check.that(carried.length === values.length, `${String(values.length)} carried values`, carried.length);
    return inScope(() => {
      counter.next(identity(add(index, constant(graph, 'int32', 1)), { after }));
      values.forEach((value, i) => {
        const next = carried[i] ?? value.inside;
        check.that(
          next.dtype === value.merged.dtype && sameShape(next.shape, value.merged.shape),
          `carried value ${String(i)} to stay ${value.merged.dtype} ${showShape(value.merged.shape)}`,
          `${next.dtype} ${showShape(next.shape)}`,
        );
        value.next(next);
      });
      return values.map((value) => value.exit()) as readonly Tensor[] as C;
    });
  });
}

export interface RowsOptions extends LoopOptions {
  /** The largest `count` there may be. */
  readonly maximum: number;
  /** Shape of a row. */
  readonly row: Shape;
}

/**
 * A loop that keeps a row of numbers of every iteration.
 *
 * @returns [maximum, ...row]; from `count` on zeros
 */
export function loopRows(
  options: RowsOptions,
  body: (index: Tensor<'int32'>) => { row: Tensor<'float32'>; after?: readonly Operation[] },
): Tensor<'float32'> {
  const { graph } = options.count;
  const none = fill(graph, 'float32', 0, [options.maximum, ...options.row]);
  const [rows] = loop(options, [none], (index, [before]) => {
    const { row, after = [] } = body(index);
    return { carried: [withRow(before, index, row)], after };
  });
  return rows;
}

/** `table` with another row at `index`. */
function withRow(
  table: Tensor<'float32'>,
  index: Tensor<'int32'>,
  row: Tensor<'float32'>,
): Tensor<'float32'> {
  const { graph, shape } = table;
  checksFor(graph, 'TensorScatterUpdate').shape('row', row, shape.slice(1));
  const [out] = graph.add({
    type: 'TensorScatterUpdate',
    inputs: [table, reshape(index, [1, 1]), reshape(row, [1, ...row.shape])],
    attributes: { T: attr.type('float32'), Tindices: attr.type('int32') },
    outputs: [{ dtype: 'float32', shape }],
  });
  return out;
}

/** One value that goes round in a loop: Enter, Merge, Switch, then NextIteration or Exit. */
class Carried<D extends DType = DType> {
  /** The value of the first iteration or of the next. */
  readonly merged: Tensor<D>;
  readonly #frame: Frame;
  #branches: readonly [done: Tensor<D>, inside: Tensor<D>] | undefined;

  constructor(frame: Frame, initial: Tensor<D>) {
    const { graph } = initial;
    this.#frame = frame;
    const entered = graph.enter(frame, initial, { constant: false });
    [this.merged] = graph.within(frame, () =>
      graph.add({
        type: 'Merge',
        name: `${frame.name}/Merge`,
        inputs: [entered],
        attributes: { T: attr.type(initial.dtype), N: attr.int(2) },
        outputs: [outputLike(initial), { dtype: 'int32', shape: [] }],
      }),
    );
  }

  /** The value in an iteration. */
  get inside(): Tensor<D> {
    return this.#branched[1];
  }

  branch(goesOn: Tensor<'bool'>): void {
    this.#branches = this.merged.graph.add({
      type: 'Switch',
      inputs: [this.merged, goesOn],
      attributes: { T: attr.type(this.merged.dtype) },
      outputs: [outputLike(this.merged), outputLike(this.merged)],
    });
  }

  next(value: Tensor): void {
    value.graph.addBackEdge(this.merged, passed('NextIteration', value));
  }

  exit(): Tensor<D> {
    return passed('Exit', this.#branched[0], { frame: this.#frame.outer });
  }

  get #branched(): readonly [Tensor<D>, Tensor<D>] {
    if (!this.#branches) throw new RangeError(`${this.#frame.name} has no condition yet`);
    return this.#branches;
  }
}

const outputLike = <D extends DType>({ dtype, shape }: Tensor<D>) => ({ dtype, shape });

function passed<D extends DType>(
  type: string,
  value: Tensor<D>,
  into: { readonly frame: Frame | undefined } = { frame: value.graph.frame },
): Tensor<D> {
  const [out] = value.graph.add({
    type,
    inputs: [value],
    attributes: { T: attr.type(value.dtype) },
    outputs: [outputLike(value)],
    into,
  });
  return out;
}

function less(a: Tensor<'int32'>, b: Tensor<'int32'>): Tensor<'bool'> {
  const [out] = a.graph.add({
    type: 'Less',
    inputs: [a, b],
    attributes: { T: attr.type('int32') },
    outputs: [{ dtype: 'bool', shape: [] }],
  });
  return out;
}
