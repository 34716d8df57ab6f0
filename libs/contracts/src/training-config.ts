import { z } from 'zod';

/**
 * One trial's complete configuration: the network, the optimiser and the run. Every field is flat and named, so
 * that a sweep can fix it in its `recipe` or search over it in its `space` with no special case.
 *
 * Defaults follow He et al. 2015 (arXiv 1512.03385), section 4.2, where that paper names a value.
 */
export const trainingConfigSchema = z
  .strictObject({
    depth: z
      .int()
      .min(5)
      .max(2000)
      .describe(
        'Layers with weights. CIFAR family: 6n+2 (basic) or 9n+2 (bottleneck). ImageNet family: 18, 34, 50, 101, 152.',
      ),
    variant: z
      .enum(['residual', 'plain'])
      .default('residual')
      .describe('residual: with shortcuts; plain: the same stack of layers without them.'),
    family: z
      .enum(['auto', 'cifar', 'imagenet'])
      .default('auto')
      .describe('Stage layout. auto: cifar up to 64 px if the depth allows it, imagenet otherwise.'),
    block: z
      .enum(['auto', 'basic', 'bottleneck'])
      .default('auto')
      .describe('Block kind. auto: bottleneck from ImageNet depth 50, basic otherwise.'),
    shortcut: z
      .enum(['projection', 'zero-pad'])
      .default('projection')
      .describe('Where shapes change: projection = option B of the paper, zero-pad = option A.'),
    width: z.number().min(0.125).max(16).default(1).describe('Multiplier of every channel count.'),
    learningRate: z.number().positive().max(100).default(0.1).describe('Peak learning rate.'),
    schedule: z
      .enum(['constant', 'step', 'cosine', 'one-cycle'])
      .default('one-cycle')
      .describe(
        'step: divided by 10 at 1/2 and 3/4 of training. one-cycle: linear up for 30 %, cosine down.',
      ),
    warmupEpochs: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .describe('Epochs of linear warm-up before the schedule.'),
    batchSize: z.int().min(1).max(65_536).default(128).describe('Images per step.'),
    epochs: z.int().min(1).max(10_000).default(3).describe('Passes over the training split.'),
    momentum: z.number().min(0).lt(1).default(0.9).describe('Momentum of SGD.'),
    nesterov: z.boolean().default(false).describe("Nesterov momentum, in PyTorch's convention."),
    weightDecay: z
      .number()
      .min(0)
      .max(1)
      .default(1e-4)
      .describe('L2 coefficient on convolution and dense weights.'),
    labelSmoothing: z.number().min(0).lt(1).default(0).describe('Probability mass spread over all classes.'),
    augment: z
      .enum(['none', 'flip', 'pad-crop-flip'])
      .default('pad-crop-flip')
      .describe('pad-crop-flip: pad by 1/8 of the size, random crop, horizontal flip.'),
    precision: z
      .enum(['float32', 'bfloat16'])
      .default('float32')
      .describe('Compute type of the layers. Master weights, BatchNorm statistics and loss stay float32.'),
    seed: z
      .int()
      .min(0)
      .max(2_147_483_647)
      .default(0)
      .describe('Seed of weights, data order and augmentation.'),
  })
  .meta({ id: 'TrainingConfig' });

export type TrainingConfig = z.infer<typeof trainingConfigSchema>;
export type ParameterName = keyof TrainingConfig;
export type ParameterValue = TrainingConfig[ParameterName];

export const parameterNames = Object.keys(trainingConfigSchema.shape) as ParameterName[];

/** The parameters that take whole numbers only. */
export const integerParameters: ReadonlySet<ParameterName> = new Set<ParameterName>(
  parameterNames.filter((name) => {
    const field = trainingConfigSchema.shape[name];
    const inner = 'unwrap' in field ? field.unwrap() : field;
    return inner instanceof z.ZodNumberFormat;
  }),
);
