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
      .min(4)
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
    stages: z
      .string()
      .regex(/^(\d{1,3}x\d{1,4}(\/[12])?(,\d{1,3}x\d{1,4}(\/[12])?){0,7})?$/)
      .default('')
      .describe(
        'Stages of your own as blocks x channels, such as 2x16,3x32,2x64; /1 keeps the size of a later stage. Empty: those of the depth.',
      ),
    zeroInitResidual: z
      .boolean()
      .default(false)
      .describe('Zero the scale of the last BatchNorm of each residual block at the start.'),
    optimizer: z
      .enum(['sgd', 'adamw', 'muon'])
      .default('sgd')
      .describe(
        'sgd: with momentum. adamw: decoupled decay. muon: orthogonal steps of convolutions, sgd for the rest.',
      ),
    learningRate: z.number().positive().max(100).default(0.1).describe('Peak learning rate.'),
    schedule: z
      .enum(['constant', 'step', 'linear', 'cosine', 'one-cycle'])
      .default('one-cycle')
      .describe(
        'step: divided by 10 at 1/2 and 3/4 of training. linear, cosine: down to 0. one-cycle: linear up for 30 %, cosine down.',
      ),
    warmupEpochs: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .describe('Epochs of linear warm-up before the schedule.'),
    batchSize: z.int().min(1).max(65_536).default(128).describe('Images per step.'),
    epochs: z.int().min(1).max(10_000).default(3).describe('Passes over the training split.'),
    accumulationSteps: z
      .int()
      .min(1)
      .max(1024)
      .default(1)
      .describe('Parts into which each batch is cut to save memory; one optimiser step for all of them.'),
    momentum: z.number().min(0).lt(1).default(0.9).describe('Momentum of SGD and Muon.'),
    nesterov: z.boolean().default(false).describe("Nesterov momentum, in PyTorch's convention."),
    weightDecay: z
      .number()
      .min(0)
      .max(1)
      .default(1e-4)
      .describe('Decay of convolution and dense weights: L2 in SGD, decoupled in AdamW and Muon.'),
    adamBeta1: z.number().min(0).lt(1).default(0.9).describe('Decay of the mean of gradients of AdamW.'),
    adamBeta2: z
      .number()
      .min(0)
      .lt(1)
      .default(0.999)
      .describe('Decay of the mean of squared gradients of AdamW.'),
    adamEpsilon: z.number().positive().max(1).default(1e-8).describe('Epsilon of AdamW.'),
    gradientClip: z
      .number()
      .min(0)
      .max(1e6)
      .default(0)
      .describe('Largest norm of all gradients together; 0: no clipping.'),
    emaDecay: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe('Decay of an exponential moving average of the weights, used for evaluation; 0: none.'),
    labelSmoothing: z.number().min(0).lt(1).default(0).describe('Probability mass spread over all classes.'),
    augment: z
      .enum(['none', 'flip', 'pad-crop-flip', 'resized-crop-flip'])
      .default('pad-crop-flip')
      .describe(
        'pad-crop-flip: pad by 1/8 of the size, random crop, horizontal flip. resized-crop-flip: a random part, resized.',
      ),
    flipping: z
      .enum(['random', 'alternating'])
      .default('random')
      .describe(
        'random: an image is mirrored with probability 1/2. alternating: so in the first epoch, then in every other one.',
      ),
    cutout: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('Side of a square that is blanked in each training image, as a share of the image; 0: none.'),
    mixup: z
      .number()
      .min(0)
      .max(10)
      .default(0)
      .describe('Alpha of the beta distribution by which pairs of training images are mixed; 0: none.'),
    cleanFraction: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('Share of the epochs, the last ones, that are without cutout and mixup; 0: none.'),
    initialScale: z
      .number()
      .min(0.5)
      .max(1)
      .default(1)
      .describe(
        'Progressive resizing: size of the images in the first epochs as a share of their own, in training and validation; 1: none.',
      ),
    fullSizeFraction: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe(
        'With an initialScale below 1: share of the epochs, the last ones, on images of full size; at least one epoch.',
      ),
    precision: z
      .enum(['float32', 'bfloat16', 'float16'])
      .default('float32')
      .describe(
        'Compute type of the layers; float16 (for GPUs) scales the loss. Master weights, BatchNorm statistics and loss stay float32.',
      ),
    initialWeights: z
      .string()
      .max(4096)
      .default('')
      .describe(
        'A safetensors file in torchvision naming, or an exported model folder, on the worker, to start from. Empty: random weights.',
      ),
    frozenStages: z
      .int()
      .min(0)
      .max(9)
      .default(0)
      .describe('Parts that are not trained, from the input: 1 = stem, 2 = stem and layer1, and so on.'),
    bodyLearningRate: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe('Factor of the learning rate of everything but the final dense layer.'),
    teacher: z
      .string()
      .max(4096)
      .default('')
      .describe('Folder of an exported model, on the worker, to distil from. Empty: none.'),
    distillTemperature: z
      .number()
      .positive()
      .max(100)
      .default(4)
      .describe('Temperature of the distillation.'),
    distillWeight: z
      .number()
      .min(0)
      .max(1)
      .default(0.9)
      .describe("Share of the teacher's part in the loss; the labels have the rest."),
    seed: z
      .int()
      .min(0)
      .max(2_147_483_647)
      .default(0)
      .describe('Seed of weights, data order and augmentation.'),
  })
  .meta({ id: 'TrainingConfig' });

/** What trials of one recipe have in common. Only the depth has no default: it may be each trial's own. */
export const sharedConfigSchema = trainingConfigSchema.partial({ depth: true });

export type TrainingConfig = z.infer<typeof trainingConfigSchema>;
export type ParameterName = keyof TrainingConfig;
export type ParameterValue = TrainingConfig[ParameterName];

export const parameterNames = Object.keys(trainingConfigSchema.shape) as ParameterName[];

export const parameterNameSchema = z.enum(parameterNames as [ParameterName, ...ParameterName[]]);
/** A value of some parameter; which ones are valid, the training configuration says. */
export const parameterValueSchema = z.union([z.number(), z.string(), z.boolean()]);

/** The parameters that take whole numbers only. */
export const integerParameters: ReadonlySet<ParameterName> = new Set<ParameterName>(
  parameterNames.filter((name) => {
    const field = trainingConfigSchema.shape[name];
    const inner = 'unwrap' in field ? field.unwrap() : field;
    return inner instanceof z.ZodNumberFormat;
  }),
);
