import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
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

const IMAGE = /\.(jpe?g|png|webp|gif|tiff?|avif|bmp)$/i;

/**
 * Lists a folder of class sub-folders, or of train/ and optionally test/ with class sub-folders. Classes are in
 * alphabetical order.
 *
 * @throws DataError naming the folder that cannot be read, the class without images, or the classes that differ
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
  const files: ImageFile[] = [];
  for (const [label, name] of classes.entries()) {
    const images = (await readdir(join(dir, name))).filter((file) => IMAGE.test(file)).sort();
    if (images.length === 0) throw new DataError(`${dir}: the class ${name} has no images`);
    files.push(...(await Promise.all(images.map((file) => describe(join(dir, name, file), label)))));
  }
  return { classes, files };
}

async function describe(path: string, label: number): Promise<ImageFile> {
  const { size, mtimeMs } = await stat(path);
  return { path, label, version: `${size}-${mtimeMs}` };
}

async function subFolders(dir: string): Promise<string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    throw new DataError(
      `dataset.path ${dir} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}
