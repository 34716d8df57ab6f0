import { homedir } from 'node:os';
import { join } from 'node:path';
import type { DatasetSpec } from '@fathom/contracts';
import { cached } from './cache';
import { checkClasses } from './class-counts';
import { openCifar10 } from './cifar10/open';
import type { Dataset, DecodedDataset, OpenOptions } from './dataset';
import { openFolder } from './folder/open';
import { generateShapes, SHAPES_VERSION } from './shapes/generate';
import { splitDataset } from './split';

/**
 * Opens a data set: fetched and decoded once into the cache, then split into training, validation and test images.
 *
 * @throws DataError saying what cannot be had or read, and what to do
 */
export async function openDataset(spec: DatasetSpec, options: OpenOptions): Promise<Dataset> {
  const decoded = await openDecoded(spec, options);
  checkClasses(('path' in spec ? spec.path : undefined) ?? spec.kind, decoded);
  return splitDataset(decoded, spec);
}

function openDecoded(spec: DatasetSpec, options: OpenOptions): Promise<DecodedDataset> {
  switch (spec.kind) {
    case 'shapes': {
      const { kind, trainImages, testImages, seed } = spec;
      const key = { kind, version: SHAPES_VERSION, trainImages, testImages, seed };
      return cached(options, key, () => Promise.resolve(generateShapes(spec)));
    }
    case 'cifar10':
      return openCifar10(spec, options);
    case 'folder':
      return openFolder(spec, options);
  }
}

/** `FATHOM_CACHE_DIR`, else the user's cache folder as the XDG base directory specification has it. */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return env['FATHOM_CACHE_DIR'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'fathom');
}
