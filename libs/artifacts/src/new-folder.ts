import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { writeAtomically } from './atomic-write';
import { ModelError } from './model-error';
import { codeOf, messageOf } from './system-error';

/**
 * Makes a folder of files that appears all at once: a server that watches for it never sees half of it.
 *
 * @param files by path inside the folder
 * @throws ModelError unwritable, also where the folder is there and not empty
 */
export async function writeNewFolder(
  dir: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
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

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOTEMPTY' || code === 'EEXIST') return 'it is there already and not empty';
  if (code === 'ENOTDIR') return 'it, or a folder of its path, is a file';
  return messageOf(error);
}
