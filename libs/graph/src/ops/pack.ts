import type { Frame } from '../frame';
import type { Graph } from '../graph';
import type { Shape } from '../shape';
import type { Tensor } from '../tensor';
import { concat, split } from './shape';
import { Variable, variable, type Initialiser, type Part } from './variable';

/** A vector that is to be a part of a variable. */
export interface Vector {
  readonly name: string;
  readonly length: number;
  readonly initialiser: Initialiser;
}

/**
 * A variable for many vectors, which lie in it one after the other. What is done to each of them in the same way, such as
 * a step of the optimiser, is done to all at once: a network has hundreds, and their nodes take longer to load, optimise
 * and start than their numbers take.
 *
 * @param name of the whole, which is not in checkpoints
 * @param vectors at least one
 */
export const pack = (graph: Graph, name: string, vectors: readonly Vector[]): Variable =>
  declared(graph, name, vectors, (target) =>
    concat(
      vectors.map(({ length, initialiser }) => initialiser(target, [length])),
      0,
    ),
  );

/**
 * Another variable of the shape of this one, with the same parts: `<name>.<suffix>` for each of its names.
 *
 * @param initialiser that of the original if absent
 */
export function beside(
  original: Variable,
  suffix: string,
  initialiser: Initialiser = original.initialiser,
): Variable {
  const { graph } = original.handle;
  const named = (name: string) => `${name}.${suffix}`;
  if (!(original instanceof Pack)) return variable(graph, named(original.name), original.shape, initialiser);
  const vectors = original.vectors.map(({ name, length }) => ({ name: named(name), length }));
  return declared(graph, named(original.name), vectors, initialiser);
}

type Place = Pick<Vector, 'name' | 'length'>;

function declared(graph: Graph, name: string, vectors: readonly Place[], initialiser: Initialiser): Variable {
  const whole = new Pack(graph, name, vectors, initialiser);
  graph.addVariable(whole);
  return whole;
}

/** A variable whose parts are vectors. */
class Pack extends Variable {
  override readonly parts: readonly Part[];
  /** The values of the parts, as each loop sees them. */
  readonly #split = new Map<Frame | undefined, readonly Tensor<'float32'>[]>();

  constructor(
    graph: Graph,
    name: string,
    readonly vectors: readonly Place[],
    initialiser: Initialiser,
  ) {
    super(graph, name, [vectors.reduce((sum, { length }) => sum + length, 0)], initialiser);
    this.parts = vectors.map((vector, i) => new PackedVector(vector, () => this.#at(i)));
    graph.within(undefined, () => this.#parted());
  }

  #at(index: number): Tensor<'float32'> {
    const value = this.#parted()[index];
    if (!value) throw new RangeError(`${this.name} has no part ${String(index)}`);
    return value;
  }

  #parted(): readonly Tensor<'float32'>[] {
    const { graph } = this.handle;
    const known = this.#split.get(graph.frame);
    if (known) return known;
    const lengths = this.vectors.map(({ length }) => length);
    const values = graph.rootScope(() => graph.scope(this.name, () => split(this.value, lengths)));
    this.#split.set(graph.frame, values);
    return values;
  }
}

class PackedVector implements Part {
  readonly name: string;
  readonly shape: Shape;

  constructor(
    { name, length }: Place,
    private readonly read: () => Tensor<'float32'>,
  ) {
    this.name = name;
    this.shape = [length];
  }

  get value(): Tensor<'float32'> {
    return this.read();
  }
}
