import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describeCpu, hasFastBfloat16 } from '../hardware';
import type { Finding } from './finding';

/** TensorFlow, data sets and checkpoints together stay well below this. */
const ENOUGH_BYTES = 2e9;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return { name: 'Node.js', state: 'ok', found: version };
  return { name: 'Node.js', state: 'missing', found: version, advice: 'install Node.js 20.19, 22 or 24' };
}

export function checkProcessor(): Finding {
  const bfloat16 = hasFastBfloat16() ? 'bfloat16 in hardware' : 'no bfloat16 in hardware: use float32';
  return { name: 'processor', state: 'ok', found: `${describeCpu()}, ${bfloat16}` };
}

/** @param path a folder that need not exist yet */
export async function checkDisk(name: string, path: string): Promise<Finding> {
  let folder = path;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const found = `${path}, ${(free / 1e9).toFixed(1)} GB free`;
  return free >= ENOUGH_BYTES
    ? { name, state: 'ok', found }
    : { name, state: 'missing', found, advice: `free ${ENOUGH_BYTES / 1e9} GB, or set FATHOM_CACHE_DIR` };
}
