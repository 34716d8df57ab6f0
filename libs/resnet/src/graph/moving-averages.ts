import {
  add,
  constant,
  divide,
  group,
  minimum,
  moveAgainst,
  subtract,
  variable,
  type Graph,
  type Operation,
  type Tensor,
  type Variable,
} from '@fathom/graph';
import type { Gate } from './gate';
import type { NetworkValues, Weights } from './weights';

/** What an optimiser step has done before the averages follow it. */
export interface StepDone {
  /** Per trained parameter, the node that changes it. */
  readonly changes: ReadonlyMap<Variable, Operation>;
  /** Nodes after which the running statistics are those of the step. */
  readonly statisticsUpdates: readonly Operation[];
  /** Number of the step, from 1 on: scalar. */
  readonly step: Tensor<'float32'>;
  readonly gate: Gate;
}

/**
 * Exponential moving averages of the parameters and of the running statistics, by which a net is evaluated (Polyak and
 * Juditsky 1992): average = d average + (1 - d) value after every step, with d = min(decay, (1 + t) / (10 + t)) in step
 * t, as in TensorFlow's ExponentialMovingAverage, so that the random beginning is soon forgotten. The average of
 * `<name>` is the variable `<name>.ema` and starts as the variable itself. What is frozen needs none.
 */
export class MovingAverages {
  readonly #averages = new Map<Variable, Variable>();
  readonly #decay: number;

  constructor(graph: Graph, { trained, collected }: Pick<Weights, 'trained' | 'collected'>, decay: number) {
    this.#decay = decay;
    for (const value of [...trained, ...collected])
      this.#averages.set(value, variable(graph, `${value.name}.ema`, value.shape, value.initialiser));
  }

  /** The network with averages in place of all that has one. */
  of(values: NetworkValues): NetworkValues {
    return {
      parameter: (name) => this.#averageOf(values.parameter(name)),
      statistics: (norm) => {
        const { mean, variance } = values.statistics(norm);
        return { mean: this.#averageOf(mean), variance: this.#averageOf(variance) };
      },
      isFrozen: (layer) => values.isFrozen(layer),
    };
  }

  /** The nodes that take a step into the averages. */
  follow({ changes, statisticsUpdates, step, gate }: StepDone): Operation[] {
    const { graph } = step;
    const float = (value: number) => constant(graph, 'float32', value);
    const decay = minimum(float(this.#decay), divide(add(step, float(1)), add(step, float(10))));
    const share = gate(subtract(float(1), decay), 0);
    const collected = group(graph, statisticsUpdates, 'collected');
    return [...this.#averages].map(([value, average]) =>
      graph.scope(average.name, () => {
        const now = value.valueAfter([changes.get(value) ?? collected]);
        return moveAgainst(average, subtract(average.value, now), share);
      }),
    );
  }

  #averageOf(value: Variable): Variable {
    return this.#averages.get(value) ?? value;
  }
}
