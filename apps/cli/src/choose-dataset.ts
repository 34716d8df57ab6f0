import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { datasetSchema, violationsOf, type DatasetSpec } from '@fathom/contracts';
import { defaultCacheDir, openDataset } from '@fathom/data';
import { UsageError } from './exit-codes';

export interface ChooseOptions {
  /** How many of its images to use; all where undefined. */
  readonly trainImages: number | undefined;
  readonly testImages: number | undefined;
  /** Share of the training images that is held out; a tenth where undefined. */
  readonly validationFraction?: number | undefined;
  /** For a folder of images: pixels per side. */
  readonly imageSize?: number | undefined;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

type Split = Pick<ChooseOptions, 'trainImages' | 'testImages' | 'validationFraction'>;

/** `auto` gives up on the download after this long; what has come by then is kept for the next time. */
const AUTO_DOWNLOAD_MS = 90_000;

/**
 * The data set a `--data` option names: `shapes`, `cifar10`, a folder of images, the archive of CIFAR-10, or `auto`,
 * which takes CIFAR-10 where it is cached or can be downloaded soon and the generated shapes elsewhere.
 *
 * @throws UsageError when it is none of these
 */
export async function chooseDataset(data: string, options: ChooseOptions): Promise<DatasetSpec> {
  const { trainImages, testImages, validationFraction, imageSize } = options;
  const split: Split = { trainImages, testImages, validationFraction };
  switch (data) {
    case 'shapes':
      return parse({ kind: 'shapes', ...split });
    case 'cifar10':
      return parse({ kind: 'cifar10', ...split });
    case 'auto':
      return chooseAutomatically(split, options);
    default:
      if (!existsSync(data))
        throw new UsageError(`--data ${data}: neither cifar10, shapes, auto nor a folder that exists`);
      if (isCifar10(data)) return parse({ kind: 'cifar10', path: resolve(data), ...split });
      return parse({ kind: 'folder', path: resolve(data), imageSize, ...split });
  }
}

async function chooseAutomatically(split: Split, { signal, log }: ChooseOptions): Promise<DatasetSpec> {
  const cifar10 = parse({ kind: 'cifar10', ...split });
  try {
    const both = AbortSignal.any([signal, AbortSignal.timeout(AUTO_DOWNLOAD_MS)]);
    await openDataset(cifar10, { cacheDir: defaultCacheDir(), onProgress: log, signal: both });
    return cifar10;
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    log(`CIFAR-10 cannot be had: ${reason}`);
    log('Using the built-in generated images (shapes) instead; --data names others.');
    return parse({ kind: 'shapes', ...split });
  }
}

/** The official archive, or the folder it unpacks to. */
const isCifar10 = (path: string): boolean =>
  statSync(path).isDirectory()
    ? existsSync(join(path, 'data_batch_1.bin'))
    : /\.(tar\.gz|tgz|tar)$/.test(path);

function parse(input: Record<string, unknown>): DatasetSpec {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const parsed = datasetSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    violationsOf(parsed.error, given)
      .map(({ path, message }) => `data set, ${path}: ${message}`)
      .join('\n'),
  );
}
