import { checksFor } from '../checks';
import type { Tensor } from '../tensor';
import type { Variable } from './variable';

/**
 * Checks what a step of an optimiser is given.
 *
 * @param remembered what the optimiser keeps of the weight, by what an error calls it
 * @throws GraphError where anything does not fit the weight
 */
export function checkStep(
  op: string,
  weight: Variable,
  remembered: Readonly<Record<string, Variable>>,
  gradient: Tensor<'float32'>,
  learningRate: Tensor<'float32'>,
): void {
  const check = checksFor(gradient.graph, op);
  check.shape('gradient', gradient, weight.shape);
  for (const [name, variable] of Object.entries(remembered)) check.shape(name, variable, weight.shape);
  check.shape('learning rate', learningRate, []);
}
