export { attr, type Attribute, type Attributes, type TensorLiteral } from './attribute';
export { isFloat, type DType, type FloatDType, type IndexDType, type NumericDType } from './dtype';
export type { Frame } from './frame';
export { Graph, type NodeSpec, type OutputSpec } from './graph';
export { GraphError } from './graph-error';
export type { Gradient, GradientRule, GradientRules } from './gradient-rule';
export { gradients } from './gradients';
export { bfloat16Bits } from './literal';
export type { FeedValue, FetchedValue, GraphRunner, HostValue } from './runner';
export {
  SAVED_MODEL_TAG,
  writeSavedModel,
  type SavedModelOptions,
  type Signature,
} from './saved-model';
export { sameShape, showShape, sizeOf, type Shape } from './shape';
export { Tensor, type Operation } from './tensor';

export * from './ops/activation';
export { argMax } from './ops/arg-max';
export * from './ops/arithmetic';
export * from './ops/batch-norm';
export * from './ops/convolution';
export * from './ops/dense';
export { randomCutout } from './ops/cutout';
export * from './ops/elementwise';
export { gradientRules } from './ops/gradient-rules';
export * from './ops/image';
export * as initialisers from './ops/initialiser';
export { loop, type Iteration, type LoopOptions } from './ops/loop';
export * from './ops/loss';
export { mean } from './ops/mean';
export * from './ops/optimizer';
export * from './ops/pooling';
export * from './ops/random';
export { bytesOf, gather } from './ops/gather';
export * from './ops/resized-crop';
export { concat, reshape, stack, transpose } from './ops/shape';
export { pad, slice, stride } from './ops/slice';
export { softmax } from './ops/softmax';
export * from './ops/source';
export { broadcastTo, sum } from './ops/sum';
export * from './ops/variable';
