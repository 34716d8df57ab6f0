import { initialisers, variable, type Graph, type Shape, type Variable } from '@fathom/graph';

/**
 * What the optimiser remembers from step to step: variables that begin at zero, each made when it is first asked for.
 * One for all steps of a graph, so that those on images of different sizes remember the same.
 */
export class OptimizerState {
  readonly #variables = new Map<string, Variable>();

  constructor(private readonly graph: Graph) {}

  /** @param name that it has in checkpoints */
  variable(name: string, shape: Shape): Variable {
    const known = this.#variables.get(name) ?? variable(this.graph, name, shape, initialisers.zeros);
    this.#variables.set(name, known);
    return known;
  }
}
