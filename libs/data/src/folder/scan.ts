import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { classesWithoutImages } from '../class-counts';
import { DataError } from '../data-error';

export interface ImageFile {
  readonly path: string;
  readonly label: number;
  /** Changes when the file does: its size and time of modification. */
  readonly version: string;
}

export interface FolderListing {
  readonly classes: readonly string[];
  readonly train: readonly ImageFile[];
  /** Absent where the folder has no test/. */
  readonly test: readonly ImageFile[] | undefined;
}

const IMAGE = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;
/** Images that cannot be decoded: leaving them out would train on less than there is. */
const OTHER_IMAGE = /\.(bmp|heic|jp2|jxl|ppm|pgm)$/i;

/**
 * Lists a folder of class sub-folders, or of train/ and optionally test/ with class sub-folders. Classes are in
 * alphabetical order.
 *
 * @throws DataError naming the folder or image that cannot be read, the classes without images, or those that differ
 */
export async function scanFolder(root: string): Promise<FolderListing> {
  const top = await subFolders(root);
  if (!top.includes('train')) {
    const { classes, files } = await scanClasses(root);
    return { classes, train: files, test: undefined };
  }
  const train = await scanClasses(join(root, 'train'));
  if (!top.includes('test')) return { classes: train.classes, train: train.files, test: undefined };
  const test = await scanClasses(join(root, 'test'));
  if (train.classes.join('/') !== test.classes.join('/'))
    throw new DataError(
      `${root}: train has the classes ${train.classes.join(', ')}, test has ${test.classes.join(', ')}; they must be the same`,
    );
  return { classes: train.classes, train: train.files, test: test.files };
}

async function scanClasses(dir: string): Promise<{ classes: string[]; files: ImageFile[] }> {
  const classes = await subFolders(dir);
  if (classes.length < 2)
    throw new DataError(
      `${dir} should have a sub-folder of images for each of at least two classes, it has ${classes.length}`,
    );
  const images = await Promise.all(classes.map((name) => imagesIn(join(dir, name))));
  const empty = classes.filter((_, label) => images[label]?.length === 0);
  if (empty.length > 0) throw new DataError(`${dir}: ${classesWithoutImages(empty)}`);
  const files = images.flatMap((paths, label) => paths.map((path) => describe(path, label)));
  return { classes, files: await Promise.all(files) };
}

async function imagesIn(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((error: unknown) => cannotBeRead(dir, error));
  const other = names.find((name) => OTHER_IMAGE.test(name));
  if (other !== undefined)
    throw new DataError(
      `${join(dir, other)} cannot be decoded: allowed are JPEG, PNG, WebP, GIF, TIFF and AVIF; convert it, or move it away`,
    );
  return names
    .filter((name) => IMAGE.test(name))
    .sort()
    .map((name) => join(dir, name));
}

async function describe(path: string, label: number): Promise<ImageFile> {
  const facts = await stat(path).catch((error: unknown) => cannotBeRead(path, error));
  if (!facts.isFile()) throw new DataError(`${path} has the name of an image and is none`);
  return { path, label, version: `${facts.size}-${facts.mtimeMs}` };
}

function cannotBeRead(path: string, error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error);
  throw new DataError(`${path} cannot be read: ${reason}`, { cause: error });
}

async function subFolders(dir: string): Promise<string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    const visible = entries.filter(({ name }) => !name.startsWith('.'));
    const folders = await Promise.all(visible.map((entry) => isFolder(dir, entry)));
    return visible.flatMap(({ name }, i) => (folders[i] ? [name] : [])).sort();
  } catch (error) {
    if (error instanceof DataError) throw error;
    return cannotBeRead(`dataset.path ${dir}`, error);
  }
}

/** @throws DataError where a link leads nowhere: it may have been a class */
async function isFolder(dir: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  const path = join(dir, entry.name);
  return (await stat(path).catch((error: unknown) => cannotBeRead(path, error))).isDirectory();
}
