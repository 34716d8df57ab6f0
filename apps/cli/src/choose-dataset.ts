import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { datasetSchema, type DatasetSpec } from '@fathom/contracts';
import { defaultCacheDir, openDataset } from '@fathom/data';
import { UsageError } from './exit-codes';

export interface ChooseOptions {
  readonly trainImages: number;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/**
 * The data set a `--data` option names: `shapes`, `cifar10`, a folder of images, or `auto`, which takes CIFAR-10
 * where it is cached or can be downloaded and the generated shapes elsewhere.
 *
 * @throws UsageError when it is none of these
 */
export async function chooseDataset(data: string, options: ChooseOptions): Promise<DatasetSpec> {
  const { trainImages, log } = options;
  const testImages = Math.max(200, Math.round(trainImages / 3));
  const shapes = datasetSchema.parse({ kind: 'shapes', trainImages, testImages });
  if (data === 'shapes') return shapes;
  if (data === 'cifar10' || data === 'auto') {
    const cifar = datasetSchema.parse({ kind: 'cifar10', trainImages, testImages });
    try {
      await openDataset(cifar, { cacheDir: defaultCacheDir(), onProgress: log, signal: options.signal });
      return cifar;
    } catch (error) {
      if (data === 'cifar10' || options.signal.aborted) throw error;
      log(`CIFAR-10 cannot be had: ${error instanceof Error ? error.message : String(error)}`);
      log('Using the built-in generated images (shapes) instead; --data names others.');
      return shapes;
    }
  }
  if (!existsSync(data))
    throw new UsageError(`--data ${data}: neither cifar10, shapes, auto nor a folder that exists`);
  return datasetSchema.parse({ kind: 'folder', path: resolve(data), trainImages, testImages });
}
