import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { list, type ReadEntry } from 'tar';
import { DataError } from '../data-error';
import { imageBytes, type DecodedDataset, type ImageSet } from '../dataset';

const SIZE = 32;
const PLANE = SIZE * SIZE;
/** A label, then the red, green and blue planes. */
const RECORD = 1 + 3 * PLANE;
const CLASSES = 10;

/**
 * Reads CIFAR-10's binary version: the archive, or the folder it unpacks to (https://www.cs.toronto.edu/~kriz/cifar.html).
 *
 * @throws DataError naming the file that is missing or damaged
 */
export async function readCifar10(path: string): Promise<DecodedDataset> {
  const files = await ((await isFolder(path)) ? readFolder(path) : readArchive(path));
  const batch = (name: string): Buffer => {
    const bytes = files.get(name);
    if (bytes === undefined)
      throw new DataError(`${path} has no ${name}; it should be cifar-10-binary.tar.gz or its contents`);
    return bytes;
  };
  const training = [...files.keys()].filter((name) => /^data_batch_\d+\.bin$/.test(name)).sort();
  if (training.length === 0) batch('data_batch_1.bin');
  const classes = batch('batches.meta.txt').toString('utf8').split('\n').filter(Boolean);
  if (classes.length !== CLASSES)
    throw new DataError(`${path}: batches.meta.txt names ${classes.length} classes instead of ${CLASSES}`);
  return {
    imageSize: SIZE,
    classes,
    train: decodeRecords(
      path,
      training.map((name) => [name, batch(name)]),
    ),
    test: decodeRecords(path, [['test_batch.bin', batch('test_batch.bin')]]),
  };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw new DataError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** Whether a file of this name may be part of the data set. */
export const isCifar10File = (path: string): boolean =>
  path.endsWith('.bin') || basename(path) === 'batches.meta.txt';

async function readFolder(path: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const nested = join(path, 'cifar-10-batches-bin');
  const dir = (await readdir(path)).includes('cifar-10-batches-bin') ? nested : path;
  for (const name of await readdir(dir))
    if (isCifar10File(name)) files.set(name, await readFile(join(dir, name)));
  return files;
}

async function readArchive(path: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const onReadEntry = (entry: ReadEntry): void => {
    const chunks: Buffer[] = [];
    entry.on('data', (chunk) => chunks.push(chunk));
    entry.on('end', () => files.set(basename(entry.path), Buffer.concat(chunks)));
  };
  try {
    await list({ file: path, strict: true, onReadEntry });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${path} is not a whole tar.gz archive: ${reason}`, { cause: error });
  }
  return files;
}

/** Planes to pixels: [3, 32, 32] of the files to [32, 32, 3]. */
function decodeRecords(path: string, batches: readonly (readonly [string, Buffer])[]): ImageSet {
  for (const [name, bytes] of batches)
    if (bytes.length === 0 || bytes.length % RECORD !== 0)
      throw new DataError(
        `${path}: ${name} has ${bytes.length} bytes, which is no multiple of ${RECORD}: it is damaged`,
      );
  const count = batches.reduce((sum, [, bytes]) => sum + bytes.length / RECORD, 0);
  const images = new Uint8Array(count * imageBytes(SIZE));
  const labels = new Uint8Array(count);
  let i = 0;
  for (const [name, bytes] of batches)
    for (let offset = 0; offset < bytes.length; offset += RECORD, i++) {
      const label = bytes[offset] ?? 0;
      if (label >= CLASSES)
        throw new DataError(
          `${path}: ${name} has label ${label}, at most ${CLASSES - 1} is possible: it is damaged`,
        );
      labels[i] = label;
      const target = i * 3 * PLANE;
      for (let p = 0; p < PLANE; p++)
        for (let c = 0; c < 3; c++) images[target + p * 3 + c] = bytes[offset + 1 + c * PLANE + p] ?? 0;
    }
  return { count, images, labels };
}
