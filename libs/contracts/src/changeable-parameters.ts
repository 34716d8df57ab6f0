import type { ParameterName } from './training-config';

/**
 * The parameters that may change in the middle of a training, as population-based training does it. Each is read anew
 * with every step; none decides which variables the network and its optimiser have, or in which order images come.
 */
export const changeableParameters: ReadonlySet<ParameterName> = new Set<ParameterName>([
  'learningRate',
  'momentum',
  'nesterov',
  'weightDecay',
  'adamBeta1',
  'adamBeta2',
  'adamEpsilon',
  'gradientClip',
  'labelSmoothing',
  'augment',
  'cutout',
  'mixup',
  'bodyLearningRate',
  'distillTemperature',
  'distillWeight',
]);
