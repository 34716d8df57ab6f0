import type { TrainingConfig } from '@fathom/contracts';
import {
  add,
  constant,
  crossEntropy,
  divide,
  multiply,
  smoothedTargets,
  softmax,
  sparseCrossEntropy,
  subtract,
  type Tensor,
} from '@fathom/graph';
import { mixedTargets, type Mixture } from './mixup';

export type ObjectiveConfig = Pick<TrainingConfig, 'labelSmoothing' | 'distillTemperature' | 'distillWeight'>;

export interface ObjectiveInputs {
  /** [batch, classes] */
  readonly logits: Tensor<'float32'>;
  /** [batch] */
  readonly labels: Tensor<'int32'>;
  /** How the images were mixed, if they were. */
  readonly mixture?: Mixture | undefined;
  /** What a teacher says of the same images: [batch, classes] */
  readonly teacherLogits?: Tensor<'float32'> | undefined;
}

/** What training lowers, per image: the loss of the labels and, with a teacher, its part of it. [batch] */
export function trainingLoss(inputs: ObjectiveInputs, config: ObjectiveConfig): Tensor<'float32'> {
  const { logits, teacherLogits } = inputs;
  const ofLabels = labelLoss(inputs, config.labelSmoothing);
  if (!teacherLogits || config.distillWeight === 0) return ofLabels;
  const weight = (value: number) => constant(logits.graph, 'float32', value);
  return add(
    multiply(ofLabels, weight(1 - config.distillWeight)),
    multiply(
      distillationLoss(logits, teacherLogits, config.distillTemperature),
      weight(config.distillWeight),
    ),
  );
}

function labelLoss({ logits, labels, mixture }: ObjectiveInputs, smoothing: number): Tensor<'float32'> {
  if (smoothing === 0 && !mixture) return sparseCrossEntropy(logits, labels);
  const [, classes = 0] = logits.shape;
  const targets = smoothedTargets(labels, classes, smoothing);
  return crossEntropy(logits, mixture ? mixedTargets(targets, mixture) : targets);
}

/**
 * How far the student is from its teacher: T^2 KL(softmax(teacher / T) || softmax(student / T)) per image (Hinton et al.
 * 2015, arXiv 1503.02531, section 2). The factor keeps the size of gradients the same for every temperature T.
 *
 * @param student, teacher logits [batch, classes]; the teacher's are constants to the gradient
 * @returns [batch]
 */
export function distillationLoss(
  student: Tensor<'float32'>,
  teacher: Tensor<'float32'>,
  temperature: number,
): Tensor<'float32'> {
  const float = (value: number) => constant(student.graph, 'float32', value);
  const soften = (logits: Tensor<'float32'>) => divide(logits, float(temperature));
  const softTeacher = soften(teacher);
  const targets = softmax(softTeacher);
  // KL(p || q) = H(p, q) - H(p, p): the second term makes the loss 0 where they agree, and has no gradient.
  const divergence = subtract(crossEntropy(soften(student), targets), crossEntropy(softTeacher, targets));
  return multiply(divergence, float(temperature ** 2));
}
