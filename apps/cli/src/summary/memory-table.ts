import type { TrainingConfig } from '@fathom/contracts';
import { TENSORFLOW_BYTES, type TrainingMemory } from '@fathom/resnet';

const meanings: Readonly<Record<keyof TrainingMemory, string>> = {
  variables: 'weights, optimiser, running statistics',
  images: 'images on the device',
  teacher: 'weights of the teacher',
  activations: 'activations and gradients',
  workspace: 'copies and workspace',
  runtime: "TensorFlow's graph and kernels",
  compiler: 'the compiler of fused ops',
  total: 'a training step',
};

/** What a training step is predicted to take on a CPU, part by part. */
export function memoryTable(
  {
    batchSize,
    accumulationSteps,
    precision,
  }: Pick<TrainingConfig, 'batchSize' | 'accumulationSteps' | 'precision'>,
  memory: TrainingMemory,
): string {
  const parts = accumulationSteps > 1 ? ` in ${accumulationSteps} parts` : '';
  const { total, ...bytes } = memory;
  const rows = Object.entries({ ...bytes, total })
    .filter(([, value]) => value > 0)
    .map(([part, value]) => [meanings[part as keyof TrainingMemory], megabytes(value)] as const);
  const process = ['the process, with TensorFlow loaded', megabytes(total + TENSORFLOW_BYTES)] as const;
  const names = Math.max(...[...rows, process].map(([name]) => name.length));
  const numbers = Math.max(...[...rows, process].map(([, text]) => text.length));
  return [
    `memory of training on a CPU, predicted: batch ${batchSize}${parts}, ${precision}`,
    ...[...rows, process].map(([name, text]) => `  ${name.padEnd(names)}  ${text.padStart(numbers)}`),
  ].join('\n');
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6).toLocaleString('en-US')} MB`;
