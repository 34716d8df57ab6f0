import type { Graph } from '../graph';
import { OncePerLoop } from '../once-per-loop';
import { sizeOf, type Shape } from '../shape';
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
  const vectors = original.parts.map(({ name, shape }) => ({ name: named(name), length: sizeOf(shape) }));
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

  constructor(graph: Graph, name: string, vectors: readonly Place[], initialiser: Initialiser) {
    const lengths = vectors.map(({ length }) => length);
    super(graph, name, [lengths.reduce((sum, length) => sum + length, 0)], initialiser);
    const values = new OncePerLoop(graph, () =>
      graph.rootScope(() => graph.scope(name, () => split(this.value, lengths))),
    );
    this.parts = vectors.map((vector, i) => new PackedVector(vector, values, i));
    graph.within(undefined, () => values.value);
  }

  override joined(parts: readonly Tensor<'float32'>[]): Tensor<'float32'> {
    return concat(parts, 0);
  }
}

class PackedVector implements Part {
  readonly name: string;
  readonly shape: Shape;

  constructor(
    { name, length }: Place,
    private readonly values: OncePerLoop<readonly Tensor<'float32'>[]>,
    private readonly index: number,
  ) {
    this.name = name;
    this.shape = [length];
  }

  get value(): Tensor<'float32'> {
    const value = this.values.value[this.index];
    if (!value) throw new RangeError(`there is no value of ${this.name}`);
    return value;
  }
}
