import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { FolderDatasetSpec } from '@fathom/contracts';
import { cached, checkDecodedSize } from '../cache';
import type { DecodedDataset, OpenOptions } from '../dataset';
import { pickImages, shuffled } from '../split';
import { decodeImages } from './decode';
import { scanFolder, type FolderListing, type ImageFile } from './scan';

export async function openFolder(spec: FolderDatasetSpec, options: OpenOptions): Promise<DecodedDataset> {
  const root = resolve(spec.path);
  const { imageSize } = spec;
  const listing = await scanFolder(root);
  checkDecodedSize(listing.train.length + (listing.test?.length ?? 0), imageSize);
  const key = { kind: 'folder', root, imageSize, files: fingerprint(listing) };
  const decoded = await cached(options, key, async () => ({
    imageSize,
    classes: listing.classes,
    train: await decodeImages(listing.train, imageSize, options.onProgress),
    test: await decodeImages(listing.test ?? [], imageSize, options.onProgress),
  }));
  return listing.test ? decoded : holdOutTest(decoded, spec);
}

/** Where there is no test folder, `testFraction` of the images become the test set, chosen by `splitSeed`. */
function holdOutTest(
  decoded: DecodedDataset,
  { testFraction, splitSeed }: FolderDatasetSpec,
): DecodedDataset {
  const order = shuffled(decoded.train.count, splitSeed);
  const held = Math.max(1, Math.round(order.length * testFraction));
  return {
    ...decoded,
    train: pickImages(decoded.train, order.subarray(held), decoded.imageSize),
    test: pickImages(decoded.train, order.subarray(0, held), decoded.imageSize),
  };
}

function fingerprint({ train, test }: FolderListing): string {
  const hash = createHash('sha256');
  const add = (files: readonly ImageFile[]) =>
    files.forEach(({ path, version }) => hash.update(`${path}\0${version}\n`));
  add(train);
  add(test ?? []);
  return hash.digest('hex');
}
