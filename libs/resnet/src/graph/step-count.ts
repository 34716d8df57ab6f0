import { add, assign, constant, type Operation, type Tensor } from '@fathom/graph';
import type { Gate } from './gate';
import type { OptimizerState } from './optimizer-state';

/**
 * How many steps the optimiser has made; those that were left out do not count. Part of the checkpoint. A float32
 * counts exactly to 16 million.
 */
export class StepCount {
  /** The number of this step, from 1 on, if it counts: scalar. */
  readonly current: Tensor<'float32'>;
  /** Keeps the number. */
  readonly advance: Operation;

  constructor(state: OptimizerState, gate: Gate) {
    const done = state.scalar('optimizer.steps');
    const one = constant(done.value.graph, 'float32', 1);
    this.current = add(done.value, one);
    this.advance = assign(done, add(done.value, gate(one, 0)));
  }
}
