import { readdir, rmdir } from 'node:fs/promises';
import { codeOf } from './system-error';

/** undefined where the file or folder is not there. */
export async function ifThere<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Names in a folder; none where it is not there. */
export const listIfThere = async (dir: string): Promise<string[]> => (await ifThere(readdir(dir))) ?? [];

/** Removes a folder that is there and has nothing in it. */
export async function removeIfEmpty(dir: string): Promise<void> {
  try {
    await rmdir(dir);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error;
  }
}
