import {
  add,
  beside,
  constant,
  divide,
  group,
  minimum,
  moveAgainst,
  subtract,
  type Operation,
  type Part,
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
  /** Of the averages, by the name of what they are of. */
  readonly #parts = new Map<string, Part | undefined>();
  readonly #decay: number;

  constructor({ trained, collected }: Pick<Weights, 'trained' | 'collected'>, decay: number) {
    this.#decay = decay;
    for (const value of [...trained, ...collected]) {
      const average = beside(value, 'ema');
      this.#averages.set(value, average);
      value.parts.forEach(({ name }, i) => this.#parts.set(name, average.parts[i]));
    }
  }

  /** The network with averages in place of all that has one. */
  of(values: NetworkValues): NetworkValues {
    return { value: (name) => this.#parts.get(name)?.value ?? values.value(name) };
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
}
