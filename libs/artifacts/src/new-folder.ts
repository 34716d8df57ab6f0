import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { writeAtomically } from './atomic-write';
import { ModelError } from './model-error';
import { isRemote } from './stores/location';
import { openArtifacts } from './stores/open-artifacts';
import { codeOf, messageOf } from './system-error';

/**
 * Makes a folder of files that appears all at once: a server that watches for it never sees half of it. In an object
 * store, where nothing can, the first file appears last.
 *
 * @param dir a path, or s3://bucket/prefix
 * @param files by path inside the folder
 * @throws ModelError unwritable, also where the folder is there and not empty
 */
export async function writeNewFolder(
  dir: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
  if (isRemote(dir)) return writeRemotely(dir, files);
  const target = resolve(dir);
  const staged = `${target}.${randomUUID()}.tmp`;
  try {
    for (const [name, data] of Object.entries(files)) {
      const path = join(staged, name);
      await mkdir(dirname(path), { recursive: true });
      await writeAtomically(path, data);
    }
    // Takes the place of an empty folder, and of nothing else.
    await rename(staged, target);
  } catch (error) {
    await rm(staged, { recursive: true, force: true });
    throw new ModelError('unwritable', dir, reasonOf(error), { cause: error });
  }
}

async function writeRemotely(
  dir: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
  try {
    const store = openArtifacts(dir);
    if ((await store.list()).length > 0 || (await store.folders()).length > 0)
      throw new Error('it is there already and not empty');
    for (const [name, data] of Object.entries(files).reverse()) await store.write(name, data);
  } catch (error) {
    throw new ModelError('unwritable', dir, messageOf(error), { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOTEMPTY' || code === 'EEXIST') return 'it is there already and not empty';
  if (code === 'ENOTDIR') return 'it, or a folder of its path, is a file';
  return messageOf(error);
}
