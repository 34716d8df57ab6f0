import { z } from 'zod';

const split = {
  validationFraction: z
    .number()
    .min(0.01)
    .max(0.5)
    .default(0.1)
    .describe('Share of the training images held out for validation.'),
  splitSeed: z.int().min(0).max(2_147_483_647).default(0).describe('Seed of the train/validation split.'),
  trainImages: z.int().min(2).optional().describe('Use only this many training images (before the split).'),
  testImages: z.int().min(1).optional().describe('Use only this many test images.'),
};

export const shapesDatasetSchema = z
  .strictObject({
    kind: z.literal('shapes'),
    ...split,
    trainImages: z
      .int()
      .min(20)
      .max(1_000_000)
      .default(10_000)
      .describe('Images generated for training and validation.'),
    testImages: z.int().min(10).max(1_000_000).default(2_000).describe('Images generated for the test set.'),
    seed: z.int().min(0).max(2_147_483_647).default(0).describe('Seed of the generator.'),
  })
  .meta({ id: 'ShapesDataset', description: 'Built-in generated images: ten classes, 32x32 RGB.' });

export const cifar10DatasetSchema = z
  .strictObject({
    kind: z.literal('cifar10'),
    path: z
      .string()
      .min(1)
      .optional()
      .describe(
        'The official binary archive or its unpacked folder, on the worker. Absent: downloaded once.',
      ),
    ...split,
  })
  .meta({
    id: 'Cifar10Dataset',
    description: 'CIFAR-10: 50,000 training and 10,000 test images, 32x32 RGB.',
  });

export const folderDatasetSchema = z
  .strictObject({
    kind: z.literal('folder'),
    path: z
      .string()
      .min(1)
      .describe(
        'Folder of class sub-folders, or of train/ and test/ with class sub-folders each, on the worker.',
      ),
    imageSize: z.int().min(8).max(1024).default(32).describe('Pixels per side after resize and centre crop.'),
    testFraction: z
      .number()
      .min(0.01)
      .max(0.5)
      .default(0.1)
      .describe('Test share where there is no test/ folder.'),
    ...split,
  })
  .meta({ id: 'FolderDataset', description: 'A folder of class sub-folders of images.' });

export const datasetSchema = z
  .discriminatedUnion('kind', [shapesDatasetSchema, cifar10DatasetSchema, folderDatasetSchema])
  .meta({ id: 'Dataset' });

export type DatasetSpec = z.infer<typeof datasetSchema>;
export type ShapesDatasetSpec = z.infer<typeof shapesDatasetSchema>;
export type Cifar10DatasetSpec = z.infer<typeof cifar10DatasetSchema>;
export type FolderDatasetSpec = z.infer<typeof folderDatasetSchema>;

/** What is known of a data set before anybody has opened it. `undefined`: only the worker can tell. */
export interface DatasetFacts {
  readonly imageSize: number;
  readonly classes: number | undefined;
  /** Training images left after the validation split. */
  readonly trainImages: number | undefined;
}

const CIFAR10_TRAIN_IMAGES = 50_000;

/** Number of images the validation split takes from `count`; at least one. */
export function validationCount(count: number, fraction: number): number {
  return Math.max(1, Math.round(count * fraction));
}

export function datasetFacts(spec: DatasetSpec): DatasetFacts {
  const afterSplit = (count: number) => count - validationCount(count, spec.validationFraction);
  switch (spec.kind) {
    case 'shapes':
      return { imageSize: 32, classes: 10, trainImages: afterSplit(spec.trainImages) };
    case 'cifar10':
      return {
        imageSize: 32,
        classes: 10,
        trainImages: afterSplit(Math.min(spec.trainImages ?? CIFAR10_TRAIN_IMAGES, CIFAR10_TRAIN_IMAGES)),
      };
    case 'folder':
      return {
        imageSize: spec.imageSize,
        classes: undefined,
        trainImages: spec.trainImages === undefined ? undefined : afterSplit(spec.trainImages),
      };
  }
}
