import { z } from 'zod';
import { trainingConfigSchema } from './training-config';

/** The files of an exported model, in a folder of its own. */
export const modelFiles = { description: 'model.json', weights: 'model.safetensors' } as const;

/** The fields of a training configuration that decide which layers a network has. */
const architectureSchema = trainingConfigSchema.pick({
  depth: true,
  variant: true,
  family: true,
  block: true,
  shortcut: true,
  width: true,
  stages: true,
});

const inputSchema = z
  .strictObject({
    imageSize: z.int().min(1).max(4096).describe('Pixels per side, after resize and centre crop.'),
    channels: z.int().min(1).max(64).describe('Colour channels: 3 are red, green and blue.'),
    mean: z.array(z.number()).describe('Subtracted from each channel of a pixel between 0 and 1.'),
    std: z.array(z.number().positive()).describe('Divides each channel after that.'),
  })
  .refine(({ channels, mean, std }) => mean.length === channels && std.length === channels, {
    message: 'mean and std need one number for each channel',
  });

/**
 * `model.json`: what the weights of `model.safetensors` are the weights of, and what has to be done to an image
 * before the network sees it. The weights have torchvision's names, layout and type (float32).
 */
export const modelDescriptionSchema = z
  .strictObject({
    format: z.literal('fathom-model'),
    version: z.literal(1).describe('Of this format. A reader refuses one it does not know.'),
    architecture: architectureSchema,
    input: inputSchema,
    classes: z.array(z.string()).min(2).describe('Names, in the order of the logits.'),
    metrics: z
      .record(z.string(), z.json())
      .describe('What was measured at the end of the training; empty where nothing was.'),
    weights: z.strictObject({
      file: z.literal(modelFiles.weights),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .describe('Checksum of that file.'),
    }),
  })
  .meta({ id: 'ModelDescription' });

export type ModelDescription = z.infer<typeof modelDescriptionSchema>;
/** The description of a model that has not been written yet. */
export type ModelFacts = Omit<ModelDescription, 'format' | 'version' | 'weights'>;
