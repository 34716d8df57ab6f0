import { availableParallelism } from 'node:os';
import sharp from 'sharp';
import { DataError } from '../data-error';
import { CHANNELS, imageBytes, type ImageSet } from '../dataset';
import type { ImageFile } from './scan';

const PROGRESS_EVERY_MS = 1_000;

/**
 * Decodes images to RGB bytes of one size: turned upright, resized to cover the square, cropped at the centre,
 * transparency laid on black.
 *
 * @throws DataError naming the file that cannot be decoded
 */
export async function decodeImages(
  files: readonly ImageFile[],
  imageSize: number,
  onProgress?: (what: string) => void,
): Promise<ImageSet> {
  const size = imageBytes(imageSize);
  const images = new Uint8Array(files.length * size);
  let next = 0;
  let last = Date.now();
  const decodeNext = async (): Promise<void> => {
    for (let i = next++; i < files.length; i = next++) {
      const file = files[i];
      if (file === undefined) return;
      images.set(await decodeImage(file.path, imageSize), i * size);
      if (Date.now() - last >= PROGRESS_EVERY_MS) {
        last = Date.now();
        onProgress?.(`decoding images: ${i} of ${files.length}`);
      }
    }
  };
  // sharp works on its own threads; a few images ahead of them keep all of them busy.
  await Promise.all(Array.from({ length: 2 * availableParallelism() }, decodeNext));
  return { count: files.length, images, labels: Int32Array.from(files, (file) => file.label) };
}

/**
 * The pixels of images in the way of a folder of images: for a network that was trained on one.
 *
 * @returns [images, size, size, 3], row-major
 * @throws DataError naming the file that cannot be decoded
 */
export async function readImages(paths: readonly string[], imageSize: number): Promise<Uint8Array> {
  const files = paths.map((path) => ({ path, label: 0, version: '' }));
  return (await decodeImages(files, imageSize)).images;
}

async function decodeImage(path: string, imageSize: number): Promise<Buffer> {
  try {
    const { data, info } = await sharp(path)
      .rotate()
      .flatten({ background: '#000' })
      .resize(imageSize, imageSize, { fit: 'cover' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== CHANNELS)
      throw new Error(`it has ${info.channels} channels without transparency; allowed are grey and colour`);
    return data;
  } catch (error) {
    throw new DataError(
      `${path} cannot be decoded: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}
