import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors, SafetensorsError } from '@fathom/safetensors';
import { lock } from 'proper-lockfile';
import { DataError } from './data-error';
import { CHANNELS, imageBytes, type DecodedDataset, type ImageSet, type OpenOptions } from './dataset';

/** A lock whose holder has not touched it for this long belongs to a process that is gone. */
const STALE_LOCK_MS = 30_000;
const LOCK_POLL_MS = 500;
/** Decoding the largest data set that fits takes less; then something is wrong, and waiting would hide it. */
const MAX_WAIT_MS = 3_600_000;
/** Of a file that Node reads at once. */
const MAX_BYTES = 2 ** 31 - 1;
/** More than names of classes and of tensors take. */
const HEADER_BYTES = 2 ** 20;
const LABEL_BYTES = 4;

/**
 * Whether so many images can be kept; to be asked before they are decoded.
 *
 * @throws DataError with how many of the size can, and what size would do
 */
export function checkDecodedSize(images: number, imageSize: number): void {
  const room = MAX_BYTES - HEADER_BYTES;
  const perImage = imageBytes(imageSize) + LABEL_BYTES;
  if (images * perImage <= room) return;
  const largest = Math.floor(Math.sqrt((room / images - LABEL_BYTES) / CHANNELS));
  throw new DataError(
    `${images} images of ${imageSize} x ${imageSize} px take ${images * perImage} bytes, and ${room} are supported: choose an imageSize of at most ${largest}, or at most ${Math.floor(room / perImage)} images`,
  );
}

/**
 * The decoded data set of this key: read from its cache file, or made once and kept there. Processes that ask at
 * the same time wait for the one that makes it. Where machines share decoded data sets, it is fetched from there before
 * it is made, and put there afterwards.
 *
 * @param key everything the decoded images depend on
 */
export async function cached(
  { cacheDir, shared, onProgress = () => undefined }: OpenOptions,
  key: Readonly<Record<string, unknown>>,
  make: () => Promise<DecodedDataset>,
): Promise<DecodedDataset> {
  const dir = join(cacheDir, 'datasets');
  await mkdir(dir, { recursive: true });
  const hash = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16);
  const name = `${String(key['kind'])}-${hash}.safetensors`;
  const file = join(dir, name);
  const present = await read(file, onProgress);
  if (present) return present;

  const lockLost = new AbortController();
  const release = await lock(file, {
    realpath: false,
    // A process that was stopped for long may find its lock given away. Then two make the same file, one after the
    // other, which costs time and nothing else.
    onCompromised: () => lockLost.abort(),
    stale: STALE_LOCK_MS,
    retries: {
      retries: Math.ceil(MAX_WAIT_MS / LOCK_POLL_MS),
      factor: 1,
      minTimeout: LOCK_POLL_MS,
      maxTimeout: LOCK_POLL_MS,
    },
  });
  try {
    const madeMeanwhile = await read(file, onProgress);
    if (madeMeanwhile) return madeMeanwhile;
    const attempt = async <T>(what: string, work: Promise<T> | undefined): Promise<T | undefined> => {
      try {
        return await work;
      } catch (error) {
        // Without the others' the data set is still to be had.
        onProgress(`the shared data set ${name} ${what}: ${String(error)}`);
        return undefined;
      }
    };
    const isFetched = await attempt('cannot be fetched', shared?.fetch(name, file));
    const fetched = isFetched === true ? await read(file, onProgress) : undefined;
    if (fetched) return fetched;
    const made = await make();
    await write(file, made);
    await attempt('cannot be put', shared?.put(name, file));
    return made;
  } finally {
    if (!lockLost.signal.aborted) await release();
  }
}

async function read(file: string, onProgress: (what: string) => void): Promise<DecodedDataset | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT')
      return undefined;
    throw error;
  }
  try {
    return parse(bytes);
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    // A file of another version or a damaged one: it can be made again.
    onProgress(`the decoded data set ${file} is not used: ${error.message}`);
    await rm(file, { force: true });
    return undefined;
  }
}

function parse(bytes: Uint8Array): DecodedDataset {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const setOf = (split: string): ImageSet => {
    const images = tensors[`${split}_images`];
    const labels = tensors[`${split}_labels`];
    if (images?.dtype !== 'U8' || labels?.dtype !== 'I32')
      throw new SafetensorsError(`the ${split} tensors are missing`);
    return { count: labels.data.length, images: images.data, labels: labels.data };
  };
  const [train, test] = [setOf('train'), setOf('test')];
  if (metadata['sha256'] !== checksum(train, test))
    throw new SafetensorsError('the checksum of its images does not match');
  const classes = JSON.parse(metadata['classes'] ?? '[]') as string[];
  return { imageSize: Number(metadata['imageSize']), classes, train, test };
}

/** Of all labels and images; lower-case hexadecimal. */
function checksum(...sets: readonly ImageSet[]): string {
  const hash = createHash('sha256');
  for (const { labels, images } of sets) hash.update(Int32Array.from(labels)).update(images);
  return hash.digest('hex');
}

async function write(file: string, { imageSize, classes, train, test }: DecodedDataset): Promise<void> {
  checkDecodedSize(train.count + test.count, imageSize);
  const images = (set: ImageSet) =>
    ({ dtype: 'U8', shape: [set.count, imageSize, imageSize, CHANNELS], data: set.images }) as const;
  const labels = (set: ImageSet) =>
    ({ dtype: 'I32', shape: [set.count], data: Int32Array.from(set.labels) }) as const;
  const bytes = encodeSafetensors(
    {
      train_images: images(train),
      train_labels: labels(train),
      test_images: images(test),
      test_labels: labels(test),
    },
    {
      imageSize: String(imageSize),
      classes: JSON.stringify(classes),
      sha256: checksum(train, test),
    },
  );
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}
