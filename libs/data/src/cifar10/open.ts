import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Cifar10DatasetSpec } from '@fathom/contracts';
import { cached } from '../cache';
import { DataError } from '../data-error';
import type { DecodedDataset, OpenOptions } from '../dataset';
import { isCifar10File, readCifar10 } from './archive';
import { download } from './download';

/** The official archive and its checksum. A mirror (FATHOM_CIFAR10_URL) has to serve the same bytes. */
const ARCHIVE = {
  url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
} as const;

export async function openCifar10(spec: Cifar10DatasetSpec, options: OpenOptions): Promise<DecodedDataset> {
  if (spec.path === undefined) {
    const archive = join(options.cacheDir, 'downloads', 'cifar-10-binary.tar.gz');
    return cached(options, { kind: 'cifar10', sha256: ARCHIVE.sha256 }, async () => {
      if (!existsSync(archive)) await fetchArchive(archive, options);
      options.onProgress?.('decoding CIFAR-10');
      return readCifar10(archive);
    });
  }
  const path = resolve(spec.path);
  const key = { kind: 'cifar10', path, version: await versionOf(path) };
  return cached(options, key, () => {
    options.onProgress?.(`decoding ${path}`);
    return readCifar10(path);
  });
}

/** Changes when the archive, or one of the batches in the folder, does. */
async function versionOf(path: string): Promise<string> {
  try {
    const facts = await stat(path);
    const files = facts.isDirectory()
      ? (await readdir(path, { recursive: true })).filter(isCifar10File).sort()
      : [''];
    const versions = await Promise.all(files.map((file) => stat(join(path, file))));
    return versions.map(({ size, mtimeMs }) => `${size}-${mtimeMs}`).join(' ');
  } catch (error) {
    throw new DataError(
      `dataset.path ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

async function fetchArchive(file: string, { onProgress, signal }: OpenOptions): Promise<void> {
  const url = process.env['FATHOM_CIFAR10_URL'] ?? ARCHIVE.url;
  try {
    await download({
      url,
      sha256: ARCHIVE.sha256,
      file,
      ...(onProgress ? { onProgress } : {}),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(
      `${error.message}. Download it elsewhere and give its place as dataset.path, ` +
        'set FATHOM_CIFAR10_URL to a mirror, or use the built-in data set "shapes".',
      { cause: error },
    );
  }
}
