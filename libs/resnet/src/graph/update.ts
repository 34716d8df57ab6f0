import type { TrainingConfig } from '@fathom/contracts';
import {
  choose,
  constant,
  divide,
  finite,
  globalNorm,
  multiply,
  multiplyNoNan,
  type Operation,
  type Tensor,
  type Variable,
} from '@fathom/graph';
import { clippingFactor } from './clipping';
import { gateOf, type Gate } from './gate';
import type { LossScaling } from './loss-scaling';
import type { MovingAverages } from './moving-averages';
import type { OptimizerState } from './optimizer-state';
import { StepCount } from './step-count';
import { adamRule, momentumRule, muonRule, type UpdateRule } from './update-rules';
import type { Parameter } from './weights';

export type UpdateConfig = Pick<
  TrainingConfig,
  | 'optimizer'
  | 'momentum'
  | 'nesterov'
  | 'weightDecay'
  | 'adamBeta1'
  | 'adamBeta2'
  | 'adamEpsilon'
  | 'gradientClip'
  | 'bodyLearningRate'
  | 'precision'
>;

export interface StepInputs {
  /** Those that are trained. */
  readonly parameters: readonly Parameter[];
  /** One per parameter: of the loss, or of the scaled loss where there is loss scaling. */
  readonly gradients: readonly Tensor<'float32'>[];
  /** scalar */
  readonly learningRate: Tensor<'float32'>;
  readonly state: OptimizerState;
  /** Nodes after which the running statistics are those of this step. */
  readonly statisticsUpdates: readonly Operation[];
  readonly lossScaling?: LossScaling | undefined;
  readonly averages?: MovingAverages | undefined;
}

export interface Update {
  /** All that has to run. */
  readonly changes: readonly Operation[];
  /** Whether the step counts: scalar; absent where every step does. */
  readonly usable: Tensor<'bool'> | undefined;
}

/**
 * One optimiser step: the nodes that change the parameters, what the optimiser remembers of them and their moving
 * averages. A step whose gradients have overflowed under loss scaling changes nothing but the scale.
 */
export function updateParameters(inputs: StepInputs, config: UpdateConfig): Update {
  const { parameters, learningRate, state, statisticsUpdates, lossScaling, averages } = inputs;
  const { graph } = learningRate;
  return graph.scope('update', () => {
    const { gradients, usable } = usableGradients(inputs, config.gradientClip);
    const gate = gateOf(graph, usable);
    const count = config.optimizer === 'adamw' || averages ? new StepCount(state, gate) : undefined;
    const rule = ruleOf(state, gate, config, count);
    const headRate = gate(learningRate, 0);
    const bodyRate =
      config.bodyLearningRate === 1
        ? headRate
        : multiply(headRate, constant(graph, 'float32', config.bodyLearningRate));

    const changes = new Map<Variable, Operation>();
    parameters.forEach((parameter, i) => {
      const gradient = gradients[i];
      if (!gradient) throw new RangeError(`no gradient of ${parameter.name}`);
      const rate = isHead(parameter) ? headRate : bodyRate;
      changes.set(
        parameter,
        graph.scope(parameter.name, () => rule(parameter, gradient, rate)),
      );
    });
    return {
      changes: [
        ...changes.values(),
        ...(averages && count
          ? averages.follow({ changes, statisticsUpdates, step: count.current, gate })
          : []),
        ...(count ? [count.advance] : []),
        ...(lossScaling && usable ? lossScaling.adapt(usable) : []),
      ],
      usable,
    };
  });
}

function ruleOf(
  state: OptimizerState,
  gate: Gate,
  config: UpdateConfig,
  count: StepCount | undefined,
): UpdateRule {
  if (config.optimizer === 'adamw' && count) return adamRule(state, gate, count, config);
  return config.optimizer === 'muon' ? muonRule(state, gate, config) : momentumRule(state, gate, config);
}

/** The final dense layer, which `bodyLearningRate` leaves alone. */
const isHead = ({ name }: Parameter): boolean => name.startsWith('fc.');

interface UsableGradients {
  /** Of the loss itself, clipped; zeros in a step that is left out. */
  readonly gradients: readonly Tensor<'float32'>[];
  /** Whether the step counts; absent where every step does. */
  readonly usable?: Tensor<'bool'>;
}

function usableGradients({ gradients, lossScaling }: StepInputs, limit: number): UsableGradients {
  if (!lossScaling && limit === 0) return { gradients };
  const givenNorm = globalNorm(gradients);
  const norm = lossScaling ? divide(givenNorm, lossScaling.scale) : givenNorm;
  const float = (value: number) => constant(norm.graph, 'float32', value);
  const clipping = limit > 0 ? clippingFactor(norm, limit) : float(1);
  if (!lossScaling) return { gradients: gradients.map((gradient) => multiply(gradient, clipping)) };
  // Finite where every gradient is: numbers whose squares overflow float32 do not come from float16 layers.
  const usable = finite(givenNorm);
  const factor = choose(usable, divide(clipping, lossScaling.scale), float(0));
  return { gradients: gradients.map((gradient) => multiplyNoNan(gradient, factor)), usable };
}
