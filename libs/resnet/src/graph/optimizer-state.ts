import { beside, initialisers, variable, type Graph, type Variable } from '@fathom/graph';

/**
 * What the optimiser remembers from step to step: variables that begin at zero, each made when it is first asked for.
 * One for all steps of a graph, so that those on images of different sizes remember the same.
 */
export class OptimizerState {
  readonly #variables = new Map<string, Variable>();

  constructor(private readonly graph: Graph) {}

  /** @param name that it has in checkpoints */
  scalar(name: string): Variable {
    return this.#once(name, () => variable(this.graph, name, [], initialisers.zeros));
  }

  /** Of each number of a parameter. @param name that it has in checkpoints, after that of the parameter and a dot */
  of(parameter: Variable, name: string): Variable {
    return this.#once(`${parameter.name}.${name}`, () => beside(parameter, name, initialisers.zeros));
  }

  #once(name: string, declare: () => Variable): Variable {
    const known = this.#variables.get(name) ?? declare();
    this.#variables.set(name, known);
    return known;
  }
}
