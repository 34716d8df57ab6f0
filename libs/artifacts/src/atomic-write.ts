import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file so that, whatever happens, its name shows either all of it or what was there before.
 *
 * @param data the whole file, or its parts in order
 */
export async function writeAtomically(
  path: string,
  data: Uint8Array | string | readonly Uint8Array[],
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      // Each goes on where the one before has ended.
      for (const part of isList(data) ? data : [data]) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  // The rename itself lives in the folder, which has to reach the disk too.
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const isList = (data: Uint8Array | string | readonly Uint8Array[]): data is readonly Uint8Array[] =>
  Array.isArray(data);
