import type { TrainingConfig } from '@fathom/contracts';
import { applyMomentum, initialisers, variable, type Operation, type Tensor } from '@fathom/graph';
import type { Parameter } from './weights';

export type UpdateConfig = Pick<TrainingConfig, 'momentum' | 'nesterov' | 'weightDecay'>;

/** One optimiser step: the nodes that change the parameters and what the optimiser remembers of each. */
export function updateParameters(
  parameters: readonly Parameter[],
  parameterGradients: readonly Tensor<'float32'>[],
  learningRate: Tensor<'float32'>,
  config: UpdateConfig,
): Operation[] {
  const { graph } = learningRate;
  return graph.scope('update', () =>
    parameters.map((parameter, i) => {
      const velocity = variable(graph, `${parameter.name}.velocity`, parameter.shape, initialisers.zeros);
      const gradient = parameterGradients[i];
      if (!gradient) throw new RangeError(`no gradient of ${parameter.name}`);
      return graph.scope(parameter.name, () =>
        applyMomentum(parameter, velocity, gradient, {
          learningRate,
          momentum: config.momentum,
          nesterov: config.nesterov,
          weightDecay: parameter.decayed ? config.weightDecay : 0,
        }),
      );
    }),
  );
}
