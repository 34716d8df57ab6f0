import type { TrainingConfig } from '@fathom/contracts';
import {
  applyAdam,
  applyMomentum,
  applyMuon,
  constant,
  expm1,
  multiply,
  negate,
  type Operation,
  type Tensor,
} from '@fathom/graph';
import type { Gate } from './gate';
import type { OptimizerState } from './optimizer-state';
import type { StepCount } from './step-count';
import type { Parameter } from './weights';

/** Of convolution weights: [height, width, inputs, outputs]. */
const CONVOLUTION_RANK = 4;

/** Builds the node that changes one parameter. @param rate scalar */
export type UpdateRule = (
  parameter: Parameter,
  gradient: Tensor<'float32'>,
  rate: Tensor<'float32'>,
) => Operation;

/** SGD with momentum. A step that is left out has a rate of 0, no gradient, and a velocity that is kept. */
export function momentumRule(
  state: OptimizerState,
  gate: Gate,
  config: Pick<TrainingConfig, 'momentum' | 'nesterov' | 'weightDecay'>,
): UpdateRule {
  const { nesterov } = config;
  const momentum = gate(config.momentum, 1);
  const weightDecay = config.weightDecay > 0 ? gate(config.weightDecay, 0) : 0;
  return (parameter, gradient, learningRate) => {
    const velocity = state.of(parameter, 'velocity');
    return applyMomentum(parameter, velocity, gradient, {
      learningRate,
      momentum,
      nesterov,
      weightDecay: parameter.decayed ? weightDecay : 0,
    });
  };
}

/** AdamW. A step that is left out has a rate of 0, and means that are kept. */
export function adamRule(
  state: OptimizerState,
  gate: Gate,
  { current }: StepCount,
  config: Pick<TrainingConfig, 'adamBeta1' | 'adamBeta2' | 'adamEpsilon' | 'weightDecay'>,
): UpdateRule {
  const { graph } = current;
  // 1 - beta^t = -expm1(t log beta), exact also where beta^t is near 1, of the float32 by which the moments decay.
  // Decays of 0 remember nothing: 1.
  const correction = (beta: number) =>
    beta === 0
      ? constant(graph, 'float32', 1)
      : negate(expm1(multiply(current, constant(graph, 'float32', Math.log(Math.fround(beta))))));
  const settings = {
    beta1: gate(config.adamBeta1, 1),
    beta2: gate(config.adamBeta2, 1),
    epsilon: config.adamEpsilon,
    meanCorrection: correction(config.adamBeta1),
    squareCorrection: correction(config.adamBeta2),
  };
  return (parameter, gradient, learningRate) => {
    const moment = (name: string) => state.of(parameter, name);
    return applyAdam(parameter, { mean: moment('mean'), square: moment('square') }, gradient, {
      ...settings,
      learningRate,
      weightDecay: parameter.decayed ? config.weightDecay : 0,
    });
  };
}

/**
 * Muon for the weights of convolutions and SGD with momentum for the rest, both with decoupled decay. A step that is left
 * out has a rate of 0, no gradient, and a velocity that is kept.
 */
export function muonRule(
  state: OptimizerState,
  gate: Gate,
  { nesterov, weightDecay, precision, ...config }: MuonConfig,
): UpdateRule {
  const momentum = gate(config.momentum, 1);
  return (parameter, gradient, learningRate) => {
    const velocity = state.of(parameter, 'velocity');
    const decoupledDecay = parameter.decayed ? weightDecay : 0;
    const options = { learningRate, momentum, nesterov, decoupledDecay };
    return parameter.shape.length === CONVOLUTION_RANK
      ? applyMuon(parameter, velocity, gradient, { ...options, precision })
      : applyMomentum(parameter, velocity, gradient, options);
  };
}

type MuonConfig = Pick<TrainingConfig, 'momentum' | 'nesterov' | 'weightDecay' | 'precision'>;
